"""Fills one database and times its pages through the whole stack: `python -m tests.bench.measure CALLS`, on DATABASE_URL.

Prints one JSON object: for every page the median and the worst of seven in milliseconds.
"""

import json
import logging
import statistics
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import django

ROUNDS = 7
EXPORTED = 20_000  # rows that are read of an export, at most


def main(many: int) -> None:
    """Fill, time, and tell."""
    django.setup()
    logging.disable(logging.WARNING)
    from tests.bench.world import opened

    begun = time.perf_counter()
    with opened(many) as world:
        told: dict[str, Any] = {"filled": round(time.perf_counter() - begun, 1), "pages": {}, "broken": {}}
        for name, client, url, check in pages(world):
            took, wrong = timed(client, url, check)
            told["pages"][name] = took
            if wrong:
                told["broken"][name] = wrong
        took, told["rows"] = exported(world)
        told["pages"]["export: first byte"] = took
        if not told["rows"]:
            told["broken"]["export: first byte"] = "no file came"
    print(json.dumps(told))


def pages(world: Any) -> list[tuple[str, Any, str, str]]:
    """What is measured: a name, who asks, the address, and words that the page has to say."""
    from dashboard.calls.models import Call
    from tests.bench import made_up

    calls, base = Call.objects.filter(workspace=world.workspace), "/w/oak-care"
    newest = calls.order_by("-at", "-id")
    some, first_day = newest.first(), world.now - timedelta(days=40)
    listed = f"{base}/calls/"
    span = {"from": f"{first_day:%Y-%m-%d}", "to": f"{first_day + timedelta(days=30):%Y-%m-%d}"}
    year = {**span, "from": f"{first_day - timedelta(days=335):%Y-%m-%d}"}  # the small ledger fills a page too
    deep, end = _deep(newest, 200), _deep(newest, None)
    old = {"q": made_up.OLD, "days": "any"}
    told: list[tuple[str, str, dict[str, str], str]] = [
        ("first page", listed, {"days": "any"}, f"{some.pk}"),
        ("first page, last 7 days", listed, {}, f"{some.pk}"),
        ("first page, one project", f"{base}/projects/{world.project_id}/calls/", {"days": "any"}, world.project_id),
        ("filter: voicemail", listed, {"days": "any", "state": "voicemail"}, "Voicemail"),
        ("filter: happening now", listed, {"state": "open"}, "calls-table"),
        ("filter: agent", listed, {"days": "any", "agent": "bench-agent-0"}, "Agent 00"),
        ("filter: number", listed, {"days": "any", "number": made_up.BUSY_NUMBER}, "555 0177"),
        ("filter: date range", listed, span, "calls-table"),
        ("filter: length", listed, {"days": "any", "min_seconds": "60"}, "calls-table"),
        ("filter: all together", listed, {**year, "state": "completed", "min_seconds": "90"}, "calls-table"),
        ("deep: page 200", listed, {"days": "any", "before": deep[0]}, deep[1]),
        ("deep: the very end", listed, {"days": "any", "before": end[0]}, end[1]),
        ("oldest first", listed, {"days": "any", "sort": "at"}, "calls-table"),
        ("longest first", listed, {"days": "any", "sort": "-seconds"}, "calls-table"),
        ("dearest first", listed, {"days": "any", "sort": "-cost"}, "calls-table"),
        ("longest first, voicemail", listed, {"days": "any", "sort": "-seconds", "state": "voicemail"}, "Voicemail"),
        ("search: rare word", listed, {"days": "any", "q": made_up.RARE}, made_up.RARE),
        ("search: common word", listed, {"days": "any", "q": made_up.COMMON}, "calls-table"),
        ("search: last digits", listed, {"days": "any", "q": "0142"}, "0142"),
        ("search: nothing", listed, {"days": "any", "q": made_up.NOWHERE}, made_up.NOWHERE),
        ("search: two characters", listed, {"days": "any", "q": "ma"}, "calls-table"),
        ("search: two, nothing", listed, {"days": "any", "q": "§§"}, "calls-table"),
        ("search: common, by length", listed, {"days": "any", "q": made_up.COMMON, "sort": "-seconds"}, "calls-table"),
        ("search: common, deep", listed, {"days": "any", "q": made_up.COMMON, "before": deep[0]}, "calls-table"),
        ("search: two common words", listed, {"days": "any", "q": f"{made_up.COMMON} sample"}, "calls-table"),
        ("search: a whole number", listed, {"days": "any", "q": "(206) 555-0177"}, "555 0177"),
        ("search: in old calls only", listed, old, "calls-table"),
        ("search: common, with filters", listed, {**span, "q": made_up.COMMON, "state": "voicemail"}, "Voicemail"),
        ("search: old, with filters", listed, {**span, "q": made_up.OLD}, "calls-table"),
        ("home", f"{base}/", {}, "oak-care"),
        ("a call", f"{base}/projects/{some.project_id}/calls/{some.pk}/", {}, f"{some.pk}"),
    ]
    return [(name, world.viewer, f"{path}?{urlencode(query)}", check) for name, path, query, check in told]


def _deep(newest: Any, page: int | None) -> tuple[str, str]:
    """The mark ahead of a page of fifty (None: the last one; never beyond half of a small ledger), and its first call."""
    many = newest.count()
    at = many - 50 if page is None else min(50 * page, many // 2)
    before, after = newest[at - 1], newest[at]
    return f"{before.at.isoformat()}~{before.pk}", str(after.pk)


def timed(client: Any, url: str, check: str) -> tuple[list[float], str]:
    """Median and worst of seven in milliseconds after a warm-up; and what was wrong with the page, "" if nothing."""
    took = []
    for _ in range(ROUNDS + 1):
        _unlimited()
        begun = time.perf_counter()
        answer = client.get(url)
        took.append((time.perf_counter() - begun) * 1000)
    said = answer.content.decode()
    wrong = (
        f"answered {answer.status_code}"
        if answer.status_code != 200
        else ""
        if check in said
        else f"no “{check}” in it"
    )
    return _told(took[1:]), wrong


def exported(world: Any) -> tuple[list[float], float]:
    """The first byte of an export of everything, as `timed`; and rows per second."""
    took, rate = [], 0.0
    for n in range(ROUNDS + 1):
        _unlimited()
        begun = time.perf_counter()
        answer = world.operator.get("/w/oak-care/calls/export/?days=any&format=csv")
        if not answer.streaming:
            return [0.0, 0.0], 0.0
        pieces = iter(answer)
        next(pieces)
        took.append((time.perf_counter() - begun) * 1000)
        if n == ROUNDS:
            rate = _rate(pieces)
    return _told(took[1:]), rate


def _rate(pieces: Any) -> float:
    begun, rows = time.perf_counter(), 0
    for piece in pieces:
        rows += piece.count(b"\r\n")
        if rows >= EXPORTED:
            break
    return round(rows / (time.perf_counter() - begun))


def _told(took: list[float]) -> list[float]:
    return [round(statistics.median(took), 1), round(max(took), 1)]


def _unlimited() -> None:
    """Nobody searches or exports as often as this."""
    from dashboard.accounts.models import Rate

    Rate.objects.all().delete()


if __name__ == "__main__":
    main(int(sys.argv[1]))
