"""Where data of a customer is kept, and what stands in the way of removing it."""

from typing import NamedTuple

from odoo.tools import SQL

NEUTRAL_NUMBER = SQL(
    """
    CASE WHEN number LIKE 'ANON-%%' THEN number
         ELSE 'ANON-' || left(replace(gen_random_uuid()::text, '-', ''), 20) END
    """
)


class PersonalData(NamedTuple):
    """What a model knows of a customer.

    ``customer``: its stored fields that lead to him; ``email``: the column with a normalised
    address by which a row without a customer is his; ``names``: its fields that may name a person
    who is no contact. ``exported``: the fields that he gets when he asks for his data, under
    ``title`` or else the name of the model; ``exported_if``: a domain, of which rows.

    ``removal`` when he is anonymised: ``keep`` the rows, ``delete`` them, or ``replace`` what the
    columns of ``replaced`` hold (by SQL, None for nothing). ``needed``: this is kept while a law
    or an open document needs it. Deletion and replacement go around the model's own rules; this
    is the only way in which a row of a history is ever changed.
    """

    model: str
    customer: tuple[str, ...] = ("partner_id",)
    exported: tuple[str, ...] = ()
    exported_if: tuple = ()
    title: str = ""
    names: tuple[str, ...] = ()
    email: str = ""
    removal: str = "keep"
    replaced: dict[str, SQL | None] = {}
    needed: bool = False


class Obstacle(NamedTuple):
    """Why a customer cannot be anonymised.

    ``kind``: ``never`` (nothing of him may be removed), ``open`` (business is not finished), or
    ``law`` (documents must be kept). ``sentence``: says so, and what to do.
    """

    kind: str
    sentence: str
