"""When something about an account was not done, or not certainly: in words, with a status, a record and a next step."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.activity import record
from dashboard.talkstack import OutcomeUnknown, RateLimited, Refused, TalkstackError, Unavailable

from .models import User
from .sayings import Saying
from .upstream import result_of

AWAY = "Talkstack cannot be reached. Nothing was done: try again in a moment."
BUSY = "Talkstack asks to wait. Nothing was done: try again in {wait}."
_SHORTEST_SECRET = 4
_log = logging.getLogger(__name__)


class NotDone(Exception):
    """`saying` for the person and the record; `said`: Talkstack's own words, for the person alone.

    `status` is the answer's, `result` the record's ("refused", "not_sent", "unknown"), `retry_after` in seconds or None.
    """

    def __init__(
        self, saying: Saying, status: int = 422, result: str = "refused", said: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(saying.words)
        self.saying = saying
        self.status = status
        self.result = result
        self.said = said
        self.retry_after = retry_after

    @property
    def words(self) -> str:
        """All there is to say."""
        return f"{self.saying.words} Talkstack said: {self.said}" if self.said else self.saying.words


def of(error: TalkstackError, unknown: Saying, refused: Saying, *secrets: str) -> NotDone:
    """What an error means here. `unknown`: what to say when it is not known whether it happened; `refused`: when it was
    refused, before Talkstack's own words (without the `secrets`, should it repeat one)."""
    _log.warning("%s: %s %s", type(error).__name__, error.route, error.status)  # its words may repeat what was typed
    match error:
        case RateLimited():
            seconds = None if error.retry_after is None else round(error.retry_after)
            return NotDone(Saying(BUSY.format(wait=wait_words(seconds))), 429, retry_after=seconds or 60)
        case OutcomeUnknown():
            return NotDone(unknown, 502, "unknown")
        case Unavailable():
            return NotDone(Saying(AWAY), 503, "not_sent")
        case Refused():
            return NotDone(refused, said=words_of(error, *secrets))
    return NotDone(Saying(error.sentence), 502, result_of(error))


def words_of(error: Refused, *secrets: str) -> str:
    """What Talkstack said, without the secrets that it may repeat."""
    words = " ".join([error.message, *(text for text in error.fields.values() if text != error.message)]).strip()
    for secret in secrets:
        words = words.replace(secret, "***") if len(secret) >= _SHORTEST_SECRET else words
    return words


def wait_words(seconds: float | None) -> str:
    """A waiting time as people say it; a minute if it is not known."""
    if seconds is None:
        return "a minute"
    if seconds < 120:
        return "1 second" if round(seconds) == 1 else f"{round(seconds)} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 7200 else f"{round(seconds / 3600)} hours"


@contextmanager
def recorded(verb: str, email: str, user: User | None = None) -> Iterator[None]:
    """Writes down that this is asked for, before it is sent, and after it what came of it."""
    person_id = str(user.pk) if user else ""
    entry = record.ask(workspace=None, user=user, verb=verb, kind="person", thing_id=person_id, thing_name=email)
    try:
        yield
    except NotDone as not_done:
        record.outcome(entry, not_done.result, not_done.saying.words)
        raise
    record.outcome(entry, "done")
