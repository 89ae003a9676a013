"""External ids: what makes loading again change nothing, by their unique index."""

import re
from collections.abc import Callable, Iterable

from odoo.tools import SQL, split_every

MODULE = "complete_journey"
PREFIX = {
    "crm.team": "store",
    "product.category": "department",
    "product.product": "product",
    "res.partner": "household",
    "res.partner.category": "tag",
    "sale.order": "basket",
    "utm.campaign": "campaign",
    "utm.tag": "campaign_type",
}
CREATED_TOGETHER = 500


class ExternalIds:
    """The records of this data in a database, by model and key.

    `checkpoint` is called whenever what was written so far may be kept: it commits, or only
    flushes within a test.
    """

    def __init__(self, env, checkpoint: Callable[[], None]):
        self.env = env
        self.checkpoint = checkpoint

    def known(self, model: str) -> dict[str, int]:
        """Return the id of each record that was loaded before, by its key."""
        rows = self.env.execute_query(
            SQL(
                "SELECT name, res_id FROM ir_model_data WHERE module = %s AND model = %s",
                MODULE,
                model,
            )
        )
        start = len(PREFIX[model]) + 1
        return {name[start:]: record_id for name, record_id in rows}

    def create_missing(self, model: str, values_by_key: dict[str, dict]) -> dict[str, int]:
        """Create the records whose key is not known yet, and return the ids of all."""
        ids = self.known(model)
        missing = [key for key in values_by_key if key not in ids]
        for keys in split_every(CREATED_TOGETHER, missing, list):
            records = self.env[model].create([values_by_key[key] for key in keys])
            self.remember(records, keys)
            ids.update(zip(keys, records.ids, strict=True))
            self.checkpoint()
        return ids

    def remember(self, records, keys: Iterable[str]) -> None:
        """Give records that were just created their external ids."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"{MODULE}.{name_of(records._name, key)}",
                    "record": record,
                    "noupdate": True,
                }
                for record, key in zip(records, keys, strict=True)
            ]
        )


def name_of(model: str, key: str) -> str:
    """Return the name of an external id without its module."""
    return f"{PREFIX[model]}_{key}"


def key_of(*texts: str) -> str:
    """Return a key for texts of the source, different for different texts of one column.

    >>> key_of("Age", "65+"), key_of("DELI", "")
    ('age__65_plus', 'deli')
    """
    words = (
        re.sub(r"[^a-z0-9]+", "_", text.lower().replace("+", " plus")) for text in texts if text
    )
    return "__".join(word.strip("_") for word in words)
