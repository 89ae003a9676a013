"""Gives the loaded customers member numbers and grades, and shows the grades."""

import datetime
from typing import NamedTuple

from odoo.tools import split_every

from environment.progress import say

from .rows import STORES_TIMEZONE

LAST_DAY = datetime.date(2017, 12, 31)
POLICY = {"basis": "ordered", "window_months": 12, "reference_date": LAST_DAY}
NUMBERED_TOGETHER = 500


class GradeRow(NamedTuple):
    """The customers of one grade, their revenue in dollars and its share of all revenue."""

    grade: str
    customers: int
    revenue: float
    share: float


def grade(env, partner_ids: list[int], checkpoint) -> list[GradeRow]:
    """Number and grade the customers as of the end of the data, and return the grades.

    The year counts in days of the stores' time zone, so the company gets that time zone.
    """
    _set(env.company, {"business_timezone": STORES_TIMEZONE})
    _set(env["crm.value.policy"]._of_company(env.company), POLICY)
    _issue_numbers(env, partner_ids, checkpoint)
    say("grading the customers ...")
    env["crm.customer.standing"].refresh()
    checkpoint()
    return _grade_rows(env)


def _set(record, values: dict) -> None:
    """Write the values that are not there yet."""
    changed = {name: value for name, value in values.items() if record[name] != value}
    if changed:
        record.write(changed)


def _issue_numbers(env, partner_ids: list[int], checkpoint) -> None:
    partners = env["res.partner"].browse(partner_ids).filtered(lambda one: not one.member_number)
    say(f"issuing {len(partners):,} member numbers ...")
    for batch_ids in split_every(NUMBERED_TOGETHER, partners.ids, list):
        env["res.partner"].browse(batch_ids).action_issue_member_number()
        checkpoint()


def _grade_rows(env) -> list[GradeRow]:
    groups = env["crm.customer.standing"]._read_group(
        [("company_id", "=", env.company.id)],
        ["value_grade_id"],
        ["__count", "revenue:sum"],
    )
    total = sum(revenue for _grade, _count, revenue in groups) or 1.0
    ordered = sorted(groups, key=lambda group: (not group[0], group[0].sequence, group[0].id))
    return [
        GradeRow(one.display_name or "none", count, revenue, revenue / total)
        for one, count, revenue in ordered
    ]


def table_of(rows: list[GradeRow]) -> str:
    """Return the grades as a table to print."""
    width = max([len("Grade"), *(len(row.grade) for row in rows)])
    lines = [f"{'Grade':<{width}}  {'Customers':>9}  {'Revenue USD':>14}  {'Share':>6}"]
    lines += [
        f"{row.grade:<{width}}  {row.customers:>9,}  {row.revenue:>14,.2f}  {row.share:>6.1%}"
        for row in rows
    ]
    return "\n".join(lines)
