from odoo import fields


class InstalledReference(fields.Reference):
    """A reference to a document of an app that need not be installed.

    A document of an app that was removed reads as nothing, where core would raise.
    """

    def convert_to_record(self, value, record):
        is_known = bool(value) and value.split(",")[0] in record.env
        return super().convert_to_record(value if is_known else None, record)
