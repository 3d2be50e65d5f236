"""What a page gets when it asks Talkstack: values with their age, where they come from, and what went wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from dashboard.talkstack import TalkstackError

FRESH_FOR = timedelta(seconds=15)


@dataclass(frozen=True)
class Read:
    """One answer.

    `value` is None when there is none (then `error` says why); `at` is when Talkstack said it; `snapshot` is True
    when it is the last good answer rather than one of just now; `error` is why there is nothing newer.
    """

    value: Any
    at: datetime | None = None
    error: TalkstackError | None = None
    snapshot: bool = False

    @property
    def stale(self) -> bool:
        """Whether it is older than 15 s (or missing)."""
        return self.at is None or timezone.now() - self.at > FRESH_FOR

    def must(self) -> Any:
        """The value; raises the error when there is none."""
        if self.value is None and self.error is not None:
            raise self.error
        return self.value


class Reads:
    """The answers of one page, each an attribute of the name it was asked under; iterates over the answers in order."""

    def __init__(self, reads: dict[str, Read]) -> None:
        self._reads = reads

    def __getattr__(self, name: str) -> Read:
        try:
            return self.__dict__["_reads"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> Read:
        return self._reads[name]

    def __iter__(self) -> Iterator[Read]:
        return iter(self._reads.values())

    def __len__(self) -> int:
        return len(self._reads)

    def values(self) -> list[Any]:
        """The plain values, in the order they were asked for."""
        return [read.value for read in self]

    @property
    def error(self) -> TalkstackError | None:
        """The first error, if there is any."""
        return next((read.error for read in self if read.error), None)

    @property
    def at(self) -> datetime | None:
        """When the oldest of the answers was given."""
        return min((read.at for read in self if read.at), default=None)

    @property
    def stale(self) -> bool:
        """Whether any of them is."""
        return any(read.stale for read in self)

    @property
    def snapshot(self) -> bool:
        """Whether any of them is a kept answer."""
        return any(read.snapshot for read in self)
