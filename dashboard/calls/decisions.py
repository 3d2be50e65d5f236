"""What a workspace's call histories leave open, for people. Our database only."""

from collections.abc import Iterable
from datetime import date

from dashboard.accounts.models import Workspace
from dashboard.calls.models import HistoryRead
from dashboard.web.links import link
from dashboard.web.registry import Decision
from dashboard.web.words import count_of

MOST = 3  # projects that are named


def of(workspace: Workspace) -> Iterable[Decision]:
    """Days of which Talkstack did not show every call, one for each project, the first few. One query."""
    rows = HistoryRead.objects.filter(workspace=workspace, gone_at=None).exclude(gaps=[]).order_by("project_name", "pk")
    for row in rows[:MOST]:
        days = sorted(date.fromisoformat(day) for day in row.gaps)
        first, last, words = days[0], days[-1], count_of(len(days), "day")
        which = f"{first:%-d %B %Y}" if first == last else f"{words} between {first:%-d %B} and {last:%-d %B %Y}"
        yield Decision(
            "history", f"Calls of {words} may be missing from {row.project_name or 'a project'}",
            f"Talkstack's call history did not show every call of {which}. It is asked again by itself; "
            "until then count the calls of such a day at Talkstack.",
            link("calls:list", workspace.slug, row.project_id, query=f"?from={first}&to={last}"), "See what is here",
        )  # fmt: skip
