"""What of a workspace's calls waits for the background process: lines for its page. Our own database only."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import attempts, keeping
from dashboard.calls.models import Attempt, Call
from dashboard.web.links import link
from dashboard.web.registry import Waiting
from dashboard.web.words import plural

COUNT_UP_TO = 1000


def to_send(workspace: Workspace) -> Iterable[Waiting]:
    """Calls that go by themselves, those whose pause is not over, and those that somebody has to look at first."""
    now = timezone.now()
    reserved = Call.objects.filter(workspace=workspace, attempt=Attempt.RESERVED)
    goes = Q() if workspace.practice else attempts.recent(now)
    pause = Q(not_before__gt=now)
    url = link("calls:all", workspace.slug, query="?state=open")
    yield _line("to be sent", reserved.filter(goes).exclude(pause), "at", url)
    yield _line("to be sent after a pause", reserved.filter(goes & pause), "at", url)
    if not workspace.practice:
        yield _line("to be checked by a person before going on", reserved.exclude(goes), "at", url)


def being_sent(workspace: Workspace) -> Iterable[Waiting]:
    """Calls of which Talkstack's answer is not here yet."""
    sending = Call.objects.filter(workspace=workspace, attempt=Attempt.SENDING)
    url = link("calls:all", workspace.slug, query="?state=open")
    yield _line("being sent, Talkstack has not answered yet", sending, "sending_at", url)


def to_look_for(workspace: Workspace) -> Iterable[Waiting]:
    """Unknown calls: looked for by machine for as long as there is a next look."""
    unknown = Call.objects.filter(workspace=workspace, attempt=Attempt.UNKNOWN, next_look_at__isnull=False)
    url = link("calls:unknown", workspace.slug)
    yield _line("to be looked for in Talkstack's history: it is not known whether they rang", unknown, "at", url)


def to_follow(workspace: Workspace) -> Iterable[Waiting]:
    """Calls about which Talkstack will be asked again; those with a trouble are named apart."""
    followed = Call.objects.filter(workspace=workspace, next_read_at__isnull=False)
    url = link("calls:all", workspace.slug, query="?state=open")
    yield _line("being followed", followed.filter(read_problem=""), "next_read_at", url)
    yield _line("to be followed once Talkstack answers again", followed.exclude(read_problem=""), "next_read_at", url)


def to_let_go(workspace: Workspace) -> Iterable[Waiting]:
    """Ended calls that are older than the workspace keeps them."""
    if workspace.keep_calls_days is not None:
        old = keeping.old_calls(workspace, workspace.keep_calls_days, timezone.now())
        url = link("settings:keeping", workspace.slug)
        yield _line("older than calls are kept here, to be removed", old, "at", url)


def _line(words: str, calls: QuerySet[Call], by: str, url: str) -> Waiting:
    """One query: how many, to 1,000, and since when the oldest of them waits. `by` is an order that an index has."""
    moments = list(calls.order_by(by).values_list("at", flat=True)[:COUNT_UP_TO])
    return Waiting(f"{plural(len(moments), 'call')} {words}", len(moments), min(moments, default=None), url)
