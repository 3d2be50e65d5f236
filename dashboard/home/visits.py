"""When a person was last here, and what others changed since. A visit ends after half an hour without this page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from dashboard.accounts.models import Membership, User, Workspace
from dashboard.activity import changes, phrases, rows
from dashboard.activity.models import Entry, Result
from dashboard.web.links import link

APART = timedelta(minutes=30)
NOTE_EVERY = timedelta(minutes=5)
LOOK_BACK = timedelta(days=30)
MOST = 100
SHOWN = 8
NO_CHANGES = ("call", "page", "export", "person")  # kinds of entries that change nothing others work with
NO_VERBS = ("connection.test", "workspace.demo")


@dataclass(frozen=True)
class Change:
    """What one person did to one thing, however often: "Dana Example changed the agent Reminder", 3 times."""

    who: str
    words: str
    name: str
    tail: str
    times: int
    at: datetime
    url: str


@dataclass(frozen=True)
class Since:
    """The changes of others since `at`, newest first; `more`: there are more than were looked at."""

    at: datetime
    changes: list[Change]
    entries: int
    more: bool

    @property
    def shown(self) -> list[Change]:
        """The first few."""
        return self.changes[:SHOWN]

    @property
    def rest(self) -> list[Change]:
        """All others."""
        return self.changes[SHOWN:]


def note(membership: Membership) -> datetime | None:
    """Note that the person is here; gives when their last visit ended, None on the first. One write in 5 minutes at most."""
    now, last = timezone.now(), membership.here_at
    if last is None or now - last >= NOTE_EVERY:
        if last is not None and now - last >= APART:
            membership.here_before = last
        mine = Membership.objects.filter(pk=membership.pk, here_at=last)
        mine.update(here_at=now, here_before=membership.here_before)
        membership.here_at = now
    return membership.here_before


def since(workspace: Workspace, user: User, before: datetime | None) -> Since | None:
    """What others changed since then, at most 30 days back; None when that is not known. One query."""
    if before is None:
        return None
    at = max(before, timezone.now() - LOOK_BACK)
    found = Entry.objects.filter(
        workspace=workspace,
        kind__in=[kind for kind in phrases.KINDS if kind not in NO_CHANGES],
        asked_at__gt=at,
        outcome__result=Result.DONE,
        user__isnull=False,
    )
    others = found.exclude(user=user).exclude(verb__in=NO_VERBS).select_related("outcome", "user")
    listed = list(others.order_by("-asked_at", "-pk")[: MOST + 1])
    return Since(at, _grouped(listed[:MOST], workspace.slug), len(listed[:MOST]), len(listed) > MOST)


def _grouped(entries: list[Entry], slug: str) -> list[Change]:
    """Entries of the same person about the same thing with the same verb are one change."""
    groups: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in entries:
        key = (entry.user_id, entry.verb, entry.kind, rows.thing_of(entry) or entry.thing_name)
        groups.setdefault(key, []).append(entry)
    return [_change(same, slug) for same in groups.values()]


def _change(same: list[Entry], slug: str) -> Change:
    newest = same[0]
    outcome = rows.outcome_of(newest)
    head, name, tail = phrases.parts(newest, outcome.thing_name if outcome else "")
    query = {"person": newest.user_email, "verb": newest.verb}
    thing = rows.thing_of(newest)
    query |= {"kind": newest.kind, "thing": thing} if thing else {}
    url = link("activity:list", slug, query=f"?{urlencode(query)}")
    return Change(rows.who(newest), _what(same, head), name, tail, len(same), newest.asked_at, url)


def _what(same: list[Entry], head: str) -> str:
    """ "changed the prompt and voice of the agent " where the fields are known, else what the verb says."""
    fields = [field for entry in same for field in _fields(entry)]
    if not head.startswith("changed the ") or not 0 < len(named := list(dict.fromkeys(fields))) <= 2:
        return head
    return f"changed the {' and '.join(named)} of the {head.removeprefix('changed the ')}"


def _fields(entry: Entry) -> list[str]:
    told = changes.changes(entry.before, entry.after, {}) if entry.verb in ("agent.update", "project.update") else []
    return [change.label.lower() for change in told if not change.secret]
