"""Calls that Talkstack told of and that may be an unknown attempt, as they are kept for a person to choose from.

What one answer showed stays when the next one does not: histories have holes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from dashboard.calls.models import Call, Source
from dashboard.calls.observing import keys_of
from dashboard.calls.renamed import EARLY, LATE, make
from dashboard.calls.states import Badge, better, state_badge
from dashboard.talkstack import CallData

MOST = 20
_SECOND = timedelta(seconds=1)
_NAMED = "Because an update named it, Talkstack was asked, and tells of one call"
_SOURCES = {
    Source.HISTORY: "in Talkstack's call history",
    Source.CALL_DATA: "told by Talkstack, after an update named it",
    Source.WEBHOOK: "an update said so; Talkstack has not confirmed it",
}


@dataclass(frozen=True)
class Candidate:
    """One of them. `fits`: its time is within what an attempt may take; otherwise it is only near. `apart`: how many seconds
    it began after the attempt was sent (before it: negative). `source`: who told of it, in words; `confirmed`: not an
    update alone, which gives the time it came at.
    """

    id: str
    at: datetime | None
    seconds: float | None
    badge: Badge
    number: str
    line: str
    fits: bool
    apart: int | None
    source: str
    confirmed: bool

    @property
    def before(self) -> int:
        """How many seconds before the attempt it began."""
        return max(-(self.apart or 0), 0)


# --- Whether a call may be an attempt -------------------------------------------------------------------------------------
def fits(call: Call, item: CallData, wider: timedelta = timedelta()) -> bool:
    """Whether a call that Talkstack told of may be this attempt: same number, agent's number if known, start within the window.

    What is left out speaks for it: a call that is overlooked here could be called a second time. `wider` is how much more
    the times may differ; what fits only so is never joined by machine.
    """
    if not _same_number(item.to, call.number) or item.direction.startswith("inbound"):
        return False
    if call.from_number and item.from_ and not _same_number(item.from_, call.from_number):
        return False
    if item.started_at is None or call.sending_at is None or call.deadline_at is None:
        return True
    if item.day_only:
        return call.sending_at.date() <= item.started_at.date() <= call.deadline_at.date()
    return call.sending_at - EARLY - wider <= item.started_at <= call.deadline_at + LATE + wider


def _same_number(told: str, number: str) -> bool:
    """Whether `told`, however it is written, may be `number`; one that is not told may be any."""
    ours, theirs = ("".join(filter(str.isdigit, text)) for text in (number, told))
    return not theirs or ours == theirs or (len(theirs) >= 7 and (ours.endswith(theirs) or theirs.endswith(ours)))


# --- What is kept of it (Call.candidates) ----------------------------------------------------------------------------------
def facts(item: CallData, fits: bool, source: str = Source.HISTORY) -> dict[str, Any]:
    """One candidate, as it is kept."""
    at = item.moment.isoformat() if item.moment else ""
    return {
        "id": (item.sid or item.id)[:200], "call_id": item.call_id[:200], "at": at, "seconds": item.seconds,
        "state": item.state[:60], "to": item.to[:40], "from": item.from_[:40], "fits": fits, "source": str(source),
    }  # fmt: skip


def together(call: Call, told: Iterable[CallData], source: str) -> list[dict[str, Any]]:
    """The candidates after one more answer. What is told of again is kept as the most trusted source told it last."""
    found, known = [_of(kept) for kept in call.candidates], len(call.candidates)
    again: set[int] = set()
    for item in told:
        new = facts(item, fits(call, item), source)
        # Two that stand in one answer are two calls, however alike.
        alike = [n for n, kept in enumerate(found) if _named(kept, item) or (n < known and _alike(kept, item))]
        place = next((n for n in alike if n not in again), None)
        if place is None:
            found.append(new)
        else:
            found[place] = _newer(found[place], new)
            again.add(place)
    return sorted(found, key=lambda kept: (source_of(kept) == Source.WEBHOOK, not kept.get("fits", True)))[:MOST]


def _newer(kept: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """An update tells when it came, not when the call began: the first one says most of that."""
    old, source = source_of(kept), source_of(new)
    if better(old, source) != source:
        return kept
    weighed = {"weighed": True} if kept.get("weighed") and old == source else {}
    other = kept.get("call_id", "") if kept.get("id") == new["id"] else ""
    first = {"at": kept.get("at"), "fits": kept.get("fits")} if old == source == Source.WEBHOOK else {}
    return new | {"call_id": new["call_id"] or other} | weighed | first


def _named(kept: dict[str, Any], item: CallData) -> bool:
    return bool({kept.get("id"), kept.get("call_id")} & keys_of(item))


def _alike(kept: dict[str, Any], item: CallData) -> bool:
    """Whether it may be that call under an id of another kind: the same numbers, the same second."""
    at = parse_datetime(kept.get("at") or "")
    if at is None or item.moment is None or abs(at - item.moment) > _SECOND:
        return False
    kinds = {make(key) for key in (kept.get("id"), kept.get("call_id")) if key}
    numbers = _same_number(kept.get("to", ""), item.to) and _same_number(kept.get("from", ""), item.from_)
    return numbers and kinds.isdisjoint(map(make, keys_of(item)))


def as_told(kept: dict[str, Any]) -> CallData:
    """A kept candidate, as it was told."""
    return CallData.parse(
        {
            "sid": kept.get("id", ""), "call_id": kept.get("call_id", ""), "status": kept.get("state", ""),
            "to": kept.get("to", ""), "from": kept.get("from", ""), "startTime": kept.get("at", ""),
        }
    )  # fmt: skip


def source_of(kept: dict[str, Any]) -> str:
    """Who told of a kept candidate."""
    return str(kept.get("source") or Source.HISTORY)


def fitting(call: Call) -> list[dict[str, Any]]:
    """The kept candidates that the machine may go by: near misses and unconfirmed updates are for people."""
    return [kept for kept in map(_of, call.candidates) if kept.get("fits", True) and source_of(kept) != Source.WEBHOOK]


def standing(call: Call) -> tuple[int, int]:
    """How many candidates there are, and how many of them fit: when either grows it is time to look."""
    return len(call.candidates), len(fitting(call))


def ids(call: Call) -> list[str]:
    """The ids of the candidates."""
    return [_of(kept).get("id", "") for kept in call.candidates]


def kept_as(call: Call, candidate: str) -> dict[str, Any]:
    """The candidate with this id, {} without one."""
    return next((kept for kept in map(_of, call.candidates) if kept.get("id") == candidate), {})


def _of(kept: Any) -> dict[str, Any]:
    return kept if isinstance(kept, dict) else {"id": str(kept)}


# --- For people -----------------------------------------------------------------------------------------------------------
def of(call: Call) -> list[Candidate]:
    """The candidates, nearest in time first."""
    found = [_candidate(call, _of(kept)) for kept in call.candidates]
    return sorted(found, key=lambda one: abs(one.apart) if one.apart is not None else 1e9)


def _candidate(call: Call, kept: dict[str, Any]) -> Candidate:
    at = parse_datetime(kept.get("at") or "")
    apart = round((at - call.sending_at).total_seconds()) if at and call.sending_at else None
    return Candidate(
        id=kept.get("id", ""),
        at=at,
        seconds=kept.get("seconds"),
        badge=state_badge(kept.get("state", "")),
        number=kept.get("to", ""),
        line=kept.get("from", ""),
        fits=bool(kept.get("fits", True)),
        apart=apart,
        source=_SOURCES[Source(source_of(kept))],
        confirmed=source_of(kept) != Source.WEBHOOK,
    )


def which(call: Call) -> str:
    """What may be it, as the subject of a sentence."""
    sources, one = {source_of(_of(kept)) for kept in call.candidates}, len(call.candidates) == 1
    if sources == {Source.HISTORY}:
        return "Calls in Talkstack's history"
    if sources == {Source.WEBHOOK}:
        return "A call that an update spoke of" if one else "Calls that updates spoke of"
    return "A call that Talkstack told of" if one else "Calls that Talkstack told of"


def why(call: Call) -> str:
    """Why it is not decided yet, where more is known than what a look at the history showed; "" where it is not."""
    found = [_of(kept) for kept in call.candidates]
    sources = {source_of(kept) for kept in found}
    if sources == {Source.WEBHOOK}:
        which = "An update speaks of a call" if len(found) == 1 else f"Updates speak of {len(found)} calls"
        return (
            f"{which} to this number at about that time. Updates are not signed, and Talkstack itself has not confirmed "
            "it: only a person can tell."
        )
    if len(found) != 1 or not found[0].get("fits", True):
        return ""
    named = Source.CALL_DATA in sources
    if not found[0].get("weighed") and found[0].get("at"):
        tells = f"{_NAMED} that fits" if named else "Talkstack's history shows one call that fits"
        return f"{tells}. The next look takes it for this one, unless another call or another attempt fits as well."
    return f"{_NAMED} that may be this one, but another attempt fits it too, or its time is missing." if named else ""
