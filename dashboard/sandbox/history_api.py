"""Call history (API contract, 5.3): Twilio's list of calls, filtered by the query, newest first.

Voicemail and silence are Talkstack's own words: here such a call is "completed", as Twilio sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from . import distort, lives
from .ask import Ask
from .store import Call
from .wire import Refusal, Response, iso, ok

STATUSES = ("queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer")
LARGEST_PAGE = 1000
DAY = 86400.0
Test = Callable[[Call, float], bool]


def listing(ask: Ask) -> Response:
    (project_id,) = ask.need("projectId is missing.", "projectId")
    project = ask.project(project_id, 400, "project does not exist.")
    size = page_size(ask.body.get("pageSize"))
    odd = distort.read(ask.history())
    seen_at, newest = ask.now - odd.behind, ask.now - ask.lag
    tests, found = filters(ask), []
    for call in odd.ordered(reversed(ask.store.project_calls.get(project.id, []))):
        hidden = (ask.lag and call.made_at > newest) or call.made_at > seen_at or odd.loses(call)
        if hidden or not all(test(call, seen_at) for test in tests):
            continue
        found.append(odd.row(item(call, seen_at)))
        if len(found) == min(size, odd.cap):
            break
    return ok("successfully fetched call history.", data=found)


def page_size(given: Any) -> int:
    if given is None:
        return 20
    try:
        size = int(given)
    except (TypeError, ValueError):
        raise Refusal(400, "pageSize must be a number.") from None
    if size < 1:
        raise Refusal(400, "pageSize must be at least 1.")
    return min(size, LARGEST_PAGE)


def filters(ask: Ask) -> list[Test]:
    tests: list[Test] = []
    to, from_, status = (ask.request.one(name).strip() for name in ("to", "from", "status"))
    if to:
        tests.append(lambda call, now: call.to == to)
    if from_:
        tests.append(lambda call, now: call.from_ == from_)
    if status:
        if status not in STATUSES:
            raise Refusal(400, f"status must be one of {', '.join(STATUSES)}.")
        tests.append(lambda call, now: twilio_state(call, now) == status)
    for name, clock in (("startTime", started), ("endTime", finished)):
        tests += day_tests(ask, name, clock)
    return tests


def started(call: Call, now: float) -> float | None:
    """When it left the queue; None before that."""
    at = call.made_at + float(call.stages[1][0])
    return at if at <= now else None


def finished(call: Call, now: float) -> float | None:
    return lives.end(call) if lives.ended(call, now) else None


def day_tests(ask: Ask, name: str, clock: Callable[[Call, float], float | None]) -> list[Test]:
    """Exact day, on or before midnight, on or after midnight; all in UTC."""
    tests: list[Test] = []
    for suffix in ("", "Before", "After"):
        given = ask.request.one(name + suffix).strip()
        if given:
            tests.append(_day_test(midnight(given, name + suffix), suffix, clock))
    return tests


def _day_test(day: float, suffix: str, clock: Callable[[Call, float], float | None]) -> Test:
    def test(call: Call, now: float) -> bool:
        at = clock(call, now)
        if at is None:
            return False
        if suffix == "Before":
            return at <= day
        return at >= day if suffix == "After" else day <= at < day + DAY

    return test


def midnight(given: str, name: str) -> float:
    try:
        return datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refusal(400, f"{name} must be a date as YYYY-MM-DD.") from None


def twilio_state(call: Call, now: float) -> str:
    word = lives.state(call, now)
    return "completed" if word in ("voicemail", "silence") else word


def item(call: Call, now: float) -> dict[str, Any]:
    """One row, with the names of the twilio library. startTime is null until the call has left the queue."""
    word, over = twilio_state(call, now), lives.ended(call, now)
    account = "AC" + call.account_id.replace("-", "")
    spent = lives.cost(call, now)
    uri = f"/2010-04-01/Accounts/{account}/Calls/{call.sid}.json"
    return {
        "sid": call.sid,
        "dateCreated": iso(call.made_at),
        "dateUpdated": iso(lives.end(call) if over else now),
        "parentCallSid": None,
        "accountSid": account,
        "to": call.to,
        "toFormatted": formatted(call.to),
        "from": call.from_,
        "fromFormatted": formatted(call.from_),
        "phoneNumberSid": "PN" + call.number_id.replace("-", ""),
        "status": word,
        "startTime": seconds_iso(started(call, now)),
        "endTime": seconds_iso(lives.end(call)) if over else None,
        "duration": str(lives.seconds(call, now)) if over else None,
        "price": f"-{spent:.5f}" if over and spent else None,
        "priceUnit": "USD",
        "direction": "outbound-api",
        "answeredBy": "machine_start" if over and lives.state(call, now) == "voicemail" else None,
        "apiVersion": "2010-04-01",
        "forwardedFrom": None,
        "groupSid": None,
        "callerName": None,
        "queueTime": "0",
        "trunkSid": None,
        "uri": uri,
        "subresourceUris": {"recordings": uri.replace(".json", "/Recordings.json")},
    }


def seconds_iso(at: float | None) -> str | None:
    """Twilio knows whole seconds, written with zero milliseconds."""
    return iso(float(int(at))) if at is not None else None


def formatted(number: str) -> str:
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
