"""The few rows that still need the background process, found along the small indexes over them alone."""

from django.db.models import BooleanField, F, Func


class Pending(Func):
    """Whether a call is reserved, being sent or unknown, in the very words of its index (`calls_due`).

    SQLite uses an index over a part of a table only where a query repeats its condition, constants and all; without it a
    million finished calls would be looked through several times a second.
    """

    output_field = BooleanField()
    template = "%(expressions)s IN ('reserved', 'sending', 'unknown')"


class Unanswered(Pending):
    """The same for questions about a call that wait, are being asked, or are to be asked again (`analyses_due`)."""

    template = "%(expressions)s IN ('waiting', 'sending', 'not_ready')"


PENDING = Pending(F("attempt"))
UNANSWERED = Unanswered(F("state"))
