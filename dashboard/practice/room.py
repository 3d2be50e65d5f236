"""What the sandbox shows and lets be changed, over its control plane. Only practice workspaces ever come here.

Raises Unavailable when it does not answer: it is a program of its own, beside this one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from dashboard.talkstack import Unavailable, parse, transport

MOST_MAILS = 100


@dataclass(frozen=True)
class Story:
    """What a number does when it is called, by its last two digits; `digits` "" is every other number."""

    digits: str
    label: str
    words: str


@dataclass(frozen=True)
class Fault:
    """A fault that is on. `left` is for how many requests more; None: until it is cleared."""

    id: int
    kind: str
    method: str
    path: str
    left: int | None


@dataclass(frozen=True)
class Overview:
    """The practice numbers, the faults that are on, and how much there is in the sandbox."""

    stories: list[Story]
    faults: list[Fault]
    rings: int
    mails: int


@dataclass(frozen=True)
class Mail:
    """A message that a real server would have sent."""

    to: str
    subject: str
    text: str
    code: str
    link: str
    at: datetime | None


def overview() -> Overview:
    """The state of the sandbox."""
    told = parse.as_dict(_ask("GET", ""))
    stories = [_story(raw) for raw in parse.find_list(told.get("stories"), ()) or []]
    faults = [fault for raw in parse.find_list(told.get("faults"), ()) or [] if (fault := _fault(raw))]
    return Overview(stories, faults, _count(told.get("rings")), _count(told.get("mails")))


def outbox() -> list[Mail]:
    """The newest mails first."""
    told = parse.as_dict(_ask("GET", "outbox"))
    return [_mail(raw) for raw in (parse.find_list(told.get("mails"), ()) or [])[:MOST_MAILS]]


def add_fault(kind: str, times: int, **options: Any) -> None:
    """Spoil the next `times` requests (0: until cleared)."""
    _ask("POST", "faults", {"kind": kind, "times": times, **options})


def clear_faults(fault_id: int | None = None) -> None:
    """Switch one fault off, or all of them."""
    _ask("DELETE", "faults" if fault_id is None else f"faults?id={fault_id}")


def _ask(method: str, path: str, json: Any = None) -> Any:
    away = "The practice server cannot be reached. It is a program of its own: start it again with the dashboard."
    try:
        reply = transport.exchange(
            method, f"{settings.SANDBOX_URL}/_sandbox/{path}", json=json, seconds=settings.BUDGETS["read"]
        )
        if 200 <= reply.status < 300:
            return parse.loads(reply.body)
    except Unavailable as error:
        raise Unavailable(away, sent=error.sent, detail=error.detail, route="practice room") from None
    except parse.Unreadable:
        pass
    raise Unavailable(
        "The practice server did not answer as it should.", sent=True, status=reply.status, route="practice room"
    )


def _story(raw: Any) -> Story:
    return Story(parse.text_of(raw, "digits"), parse.text_of(raw, "label"), parse.text_of(raw, "description"))


def _fault(raw: Any) -> Fault | None:
    """A fault that still does something; None for one that is used up, or cannot be read."""
    told = parse.as_dict(raw)
    times, left = _count(told.get("times")), _count(told.get("left"))
    if not _count(told.get("id")) or (times and not left):
        return None
    kind, method, path = (parse.text_of(told, name) for name in ("kind", "method", "path"))
    return Fault(_count(told.get("id")), kind, method, path, left if times else None)


def _mail(raw: Any) -> Mail:
    to, subject, text, code, link = (parse.text_of(raw, name) for name in ("to", "subject", "text", "code", "link"))
    return Mail(to, subject, text, code, link, parse.as_time(parse.as_dict(raw).get("at")))


def _count(value: Any) -> int:
    number = parse.as_number(value)
    return int(number) if number and number > 0 else 0
