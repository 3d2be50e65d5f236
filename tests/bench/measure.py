"""Fills one database and times its pages through the whole stack: `python -m tests.bench.measure CALLS`, on DATABASE_URL.

Says in JSON, one line each: the names of the pages and how long filling took; then for every name that it reads how long
that page took now, in milliseconds, what was wrong with it, and how crowded the machine was. So two of them, a small and
a large one, can take turns.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import django

RATE = "export: rows per second"
EXPORT = "/w/oak-care/calls/export/?days=any&format=csv"
YARDSTICK = 0.05  # seconds
EXPORTED = 20_000  # rows that are read of an export, at most


def main(many: int) -> None:
    """Fill, then time whatever is asked for until nothing more is."""
    django.setup()
    logging.disable(logging.WARNING)
    from tests.bench.world import opened

    begun = time.perf_counter()
    with opened(many) as world:
        measures: dict[str, Callable[[], Any]] = {name: partial(timed, *page) for name, *page in pages(world)}
        measures["export: first byte"] = partial(exported, world)
        _tell({"filled": round(time.perf_counter() - begun, 1), "names": list(measures)})
        measures[RATE] = lambda: (rate(world), "")
        for line in sys.stdin:
            _tell([*measures[line.strip()](), crowded()])


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


def timed(client: Any, url: str, check: str) -> tuple[float, str]:
    """Milliseconds, and what was wrong with the page, "" if nothing."""
    _unlimited()
    begun = time.perf_counter()
    answer = client.get(url)
    took = (time.perf_counter() - begun) * 1000
    if answer.status_code != 200:
        return took, f"answered {answer.status_code}"
    return took, "" if check in answer.content.decode() else f"no “{check}” in it"


def exported(world: Any) -> tuple[float, str]:
    """The first byte of an export of everything, as `timed`."""
    _unlimited()
    begun = time.perf_counter()
    answer = world.operator.get(EXPORT)
    if not answer.streaming:
        return 0.0, "no file came"
    next(iter(answer))
    return (time.perf_counter() - begun) * 1000, ""


def rate(world: Any) -> float:
    """How many rows of an export of everything come in a second."""
    _unlimited()
    begun, rows = time.perf_counter(), 0
    for piece in world.operator.get(EXPORT):
        rows += piece.count(b"\r\n")
        if rows >= EXPORTED:
            break
    return round(rows / (time.perf_counter() - begun))


def crowded() -> float:
    """How many times as long as its work a piece of work takes at the moment, because others want the processor too."""
    begun, worked = time.perf_counter(), time.process_time()
    while time.process_time() - worked < YARDSTICK:
        pass
    return max((time.perf_counter() - begun) / YARDSTICK, 1.0)


def _tell(told: Any) -> None:
    print(json.dumps(told), flush=True)


def _unlimited() -> None:
    """Nobody searches or exports as often as this."""
    from dashboard.accounts.models import Rate

    Rate.objects.all().delete()


if __name__ == "__main__":
    main(int(sys.argv[1]))
