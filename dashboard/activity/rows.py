"""Entries as rows of a list and as a page: every value a ready string, made once. No query, no request."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from dashboard.web import phone
from dashboard.web.links import link

from . import phrases
from .changes import Change, changes, plain
from .filters import UNRECORDED_AFTER
from .keeping import FORGOTTEN
from .models import Entry, Outcome

MOST_CHANGES = 3
_BADGES = {
    "done": ("Done", "good", False),
    "refused": ("Refused", "bad", False),
    "not_sent": ("Not sent", "odd", False),
    "unknown": ("Unknown", "odd", True),
    "failed": ("Failed", "bad", False),
}
_NUMBERED = ("call", "number")
Key = tuple[str, str]


@dataclass(frozen=True)
class Viewer:
    """For whom rows are made: the workspace's slug, the time, what things are called by their ids, and what is gone.

    `projects` are the ids that exist, None when that is not known. `addresses` says whether this person may see where
    others signed in from; one's own may always be seen, by `user_pk`, and what somebody did who is `elsewhere` (in another
    workspace too) by nobody else. `namesakes` are names that several people have. `calls_since`: older calls are not kept.
    """

    slug: str
    now: datetime
    user_pk: Any = None
    addresses: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    projects: frozenset[str] | None = None
    namesakes: frozenset[str] = frozenset()
    elsewhere: frozenset[Any] = frozenset()
    calls_since: datetime | None = None


def rows(entries: list[Entry], viewer: Viewer) -> list[dict[str, Any]]:
    """One dict per entry; things that a later entry of the list deleted are not linked to."""
    gone = deleted(entries)
    steps = Counter(entry.request_id for entry in entries if entry.request_id)
    return [row(entry, viewer, gone, steps[entry.request_id]) for entry in entries]


def deleted(entries: Iterable[Entry]) -> set[Key]:
    """The things that these entries deleted."""
    return {(entry.kind, entry.thing_id) for entry in entries if _deletion(entry) and _result(entry) == "done"}


def row(entry: Entry, viewer: Viewer, gone: Iterable[Key] = (), step: int = 1) -> dict[str, Any]:
    """Who, what, on which thing, when, what came of it, and the small changes."""
    head, name, tail = phrases.parts(entry, _named(entry))
    label, kind, hollow = badge(entry, viewer.now)
    told = _changes(entry, viewer)
    short = [change for change in told if not (change.long or change.secret)]
    outcome = outcome_of(entry)
    return {
        "id": entry.pk,
        "url": link("activity:entry", viewer.slug, str(entry.pk)),
        "who": who(entry, viewer.namesakes),
        "email": entry.user_email,
        "head": head,
        "name": _shown(entry, name),
        "thing_url": _address(entry, viewer, set(gone)),
        "tail": tail,
        "at": entry.asked_at,
        "badge": {"label": label, "kind": kind, "hollow": hollow},
        "words": plain(outcome.words)[:300] if outcome else "",
        "changes": short[:MOST_CHANGES],
        "rest": _rest(entry, told, len(short)),
        "project": viewer.names.get(entry.project_id, "") if entry.kind != "project" else "",
        "step": step if step > 1 else 0,
        "step_url": f"?{urlencode({'request': entry.request_id})}" if step > 1 else "",
    }


def who(entry: Entry, namesakes: Collection[str] = ()) -> str:
    """The person as they are called now, as they were known then, or the dashboard itself; `namesakes` with their address.

    Whoever asks for a link, or fails to sign in, has shown nothing: it may be anybody.
    """
    if entry.verb in phrases.BY_ANYBODY:
        return "Somebody"
    name = entry.user.name if entry.user else ""
    return called(name, entry.user_email, namesakes) if name else entry.user_email or "The dashboard"


def called(name: str, email: str, namesakes: Collection[str]) -> str:
    """A person's name, with the address where another has the same, however it is written."""
    return f"{name} ({email})" if spelled(name) in namesakes else name


def spelled(name: str) -> str:
    """A name without what the eye does not tell apart: capitals, spaces, forms of letters."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def outcome_of(entry: Entry) -> Outcome | None:
    """What came of it, None while nothing is written."""
    return getattr(entry, "outcome", None)


def badge(entry: Entry, now: datetime) -> tuple[str, str, bool]:
    """Label, kind and hollowness: without an outcome it is under way for a minute, and then was not recorded."""
    outcome = outcome_of(entry)
    if outcome is not None:
        return _BADGES.get(outcome.result, (outcome.result, "", True))
    if now - entry.asked_at < UNRECORDED_AFTER:
        return "Under way", "busy", False
    return "Outcome not recorded", "odd", True


def thing_of(entry: Entry) -> str:
    """The id of the thing, also when it got it by the deed."""
    outcome = outcome_of(entry)
    return (outcome.thing_id if outcome else "") or entry.thing_id


def sentence(entry: Entry, namesakes: Collection[str] = ()) -> str:
    """Who did what, in one line."""
    head, name, tail = phrases.parts(entry, _named(entry))
    return f"{who(entry, namesakes)} {head}{_shown(entry, name)}{tail}"


def visible(entry: Entry, viewer: Viewer) -> bool:
    """Whether this person may see what an entry about a person says: where somebody was is not everybody's business."""
    if entry.kind != "person" or (entry.user_id is not None and entry.user_id == viewer.user_pk):
        return True
    return viewer.addresses and not (entry.workspace_id is None and entry.user_id in viewer.elsewhere)


def _changes(entry: Entry, viewer: Viewer) -> list[Change]:
    if not visible(entry, viewer):
        return []
    before, after = getattr(entry, "before_short", None), getattr(entry, "after_short", None)
    told = changes(before, after, {**viewer.names, thing_of(entry): _named(entry)})
    known = ("", entry.thing_name, _shown(entry, entry.thing_name))  # the sentence has said that
    return [
        change for change in told if change.secret or change.sides == "both" or change.old + change.new not in known
    ]


def _rest(entry: Entry, told: list[Change], short: int) -> str:
    """What the row leaves out: long texts, secrets, and what there was of a thing that went."""
    if getattr(entry, "large", False):
        return "a long change"
    words = [
        "a secret changed" if change.secret else _left_out(change) for change in told if change.long or change.secret
    ]
    return ", ".join(words + ([f"{short - MOST_CHANGES} more"] if short > MOST_CHANGES else []))


def _left_out(change: Change) -> str:
    words = f"{change.label[:1].lower()}{change.label[1:]}"
    return f"{words} changed" if change.sides == "both" else words


def _named(entry: Entry) -> str:
    outcome = outcome_of(entry)
    return plain((outcome.thing_name if outcome else "") or entry.thing_name)


def _shown(entry: Entry, name: str) -> str:
    return phone.display(name) if entry.kind in _NUMBERED else name


def _result(entry: Entry) -> str:
    outcome = outcome_of(entry)
    return outcome.result if outcome else ""


def _deletion(entry: Entry) -> bool:
    return entry.verb.endswith(".delete")


def _address(entry: Entry, viewer: Viewer, gone: set[Key]) -> str:
    """The thing's page, "" when there can be none: it was never made, or it is known to be gone."""
    kind, thing, project = entry.kind, thing_of(entry), entry.project_id
    lost = (kind, thing) in gone or ("project", project) in gone
    unknown = project and viewer.projects is not None and project not in viewer.projects
    if kind == "call" and (_named(entry) == FORGOTTEN or (viewer.calls_since and entry.asked_at < viewer.calls_since)):
        return ""
    if lost or unknown or (_deletion(entry) and _result(entry) == "done"):
        return ""
    return page_of(kind, thing, project, viewer.slug)


def page_of(kind: str, thing: str, project: str, slug: str) -> str:
    """Where a thing of this kind has its page, "" when it has none."""
    if kind == "fault":
        return link("practice:room", slug)
    if kind == "project" and thing:
        return link("projects:detail", slug, thing)
    if kind == "number" and project:
        return link("numbers:list", slug, project)
    if kind in ("agent", "call") and thing and project:
        return link(f"{kind}s:detail", slug, project, thing)
    return ""
