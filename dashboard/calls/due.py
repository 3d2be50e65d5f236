"""The few calls that still need the background process, found along the small index over them alone (`calls_due`)."""

from django.db.models import BooleanField, F, Func


class Pending(Func):
    """Whether a call is reserved, being sent or unknown, in the very words of the index.

    SQLite uses an index over a part of a table only where a query repeats its condition, constants and all; without it a
    million finished calls would be looked through several times a second.
    """

    output_field = BooleanField()
    template = "%(expressions)s IN ('reserved', 'sending', 'unknown')"


PENDING = Pending(F("attempt"))
