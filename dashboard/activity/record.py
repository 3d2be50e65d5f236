"""Writing down what people do: `ask` before the deed, `outcome` after it, `note` for what happens in our own database.

The order is the point: `ask` is committed before anything is sent, so a deed without a record cannot happen, and a
record without an outcome says honestly that the outcome was not recorded.
"""

import re
from typing import Any

from django.db import transaction

from dashboard.web.logs import request_id

from .models import Entry, Outcome

_SECRET_WORDS = {"token", "tokens", "key", "apikey", "password", "secret", "bearer", "authorization"}
HIDDEN_CHANGE = "secret_changed"  # in `after`: a secret is not what it was; which one and what it is are not kept
_BLANK = {"thing_id": "", "thing_name": "", "before": None, "after": None, "project_id": ""}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def ask(
    *,
    workspace: Any,
    user: Any,
    verb: str,
    kind: str,
    thing_id: str = "",
    thing_name: str = "",
    before: Any = None,
    after: Any = None,
    project_id: str = "",
    sent_with: str = "",
) -> Entry:
    """Write down that `user` (None: the dashboard itself) asks for something, and commit that at once.

    Takes the workspace (None for what concerns a person alone), a verb known to `phrases`, the kind of thing, and JSON
    values of how it was and is to be. Values named like secrets are left out. `sent_with` says in words which credentials
    Talkstack is shown. Raises RuntimeError inside a transaction,
    and whatever the database raises: then nothing may be sent.
    """
    with transaction.atomic(durable=True):
        return _entry(**locals())


def asking(**what: Any) -> Entry:
    """Like `ask`, inside the caller's transaction: for a deed that is only asked for when another row says so too."""
    return _entry(**{**_BLANK, **what})


def note(
    *,
    workspace: Any,
    user: Any,
    verb: str,
    kind: str,
    thing_id: str = "",
    thing_name: str = "",
    before: Any = None,
    after: Any = None,
    project_id: str = "",
) -> Entry:
    """Write down a deed in our own database, as done, inside the caller's transaction: both happen or neither does."""
    entry = _entry(**locals())
    Outcome.objects.create(entry=entry, result="done")
    return entry


def outcome(
    entry: Entry, result: str, words: str = "", thing_id: str | None = None, thing_name: str | None = None
) -> Outcome:
    """Write down what came of `entry`: "done", "refused", "not_sent", "unknown" or "failed", with words for people.

    `thing_id` and `thing_name` are for a thing that was named by the deed. Raises IntegrityError for a second outcome.
    """
    return Outcome.objects.create(
        entry=entry,
        result=result,
        words=_text(words),
        thing_id=_text(thing_id or "", 200),
        thing_name=_text(thing_name or "", 300),
    )


def without_secrets(value: Any) -> Any:
    """`value` without the members that are named like a secret, at any depth, and without NUL, which jsonb refuses."""
    if isinstance(value, dict):
        return {_text(str(key)): without_secrets(item) for key, item in value.items() if not _is_secret(str(key))}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return _text(value) if isinstance(value, str) else value


def _secrets(value: Any, path: str = "") -> dict[str, Any]:
    """The members that are named like a secret, at any depth, by where they are."""
    found: dict[str, Any] = {}
    for name, item in enumerate(value) if isinstance(value, list | tuple) else dict(value).items():
        here = f"{path}/{name}"
        if _is_secret(str(name)):
            found[here] = item
        elif isinstance(item, dict | list | tuple):
            found |= _secrets(item, here)
    return found


def _kept_after(before: Any, after: Any) -> Any:
    """`after` as it is kept, with a mark when a secret differs from what it was."""
    kept = without_secrets(after)
    if not isinstance(after, dict):
        return kept
    differs = _secrets(after) != _secrets(before if isinstance(before, dict) else {})
    return {**kept, HIDDEN_CHANGE: True} if differs else kept


def _is_secret(name: str) -> bool:
    return any(word.lower() in _SECRET_WORDS for word in _WORDS.findall(name))


def _text(text: str, limit: int | None = None) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:limit]  # no database takes half a character


def _entry(
    *,
    workspace: Any,
    user: Any,
    verb: str,
    kind: str,
    thing_id: str,
    thing_name: str,
    before: Any,
    after: Any,
    project_id: str,
    sent_with: str = "",
) -> Entry:
    person = user if user is not None and getattr(user, "pk", None) else None
    return Entry.objects.create(
        workspace=workspace,
        user=person,
        user_email=person.email if person else "",
        verb=verb,
        kind=kind,
        thing_id=_text(thing_id, 200),
        thing_name=_text(thing_name, 300),
        project_id=_text(project_id, 200),
        before=without_secrets(before),
        after=_kept_after(before, after),
        request_id=request_id.get()[:64],
        sent_with=_text(sent_with, 60),
    )
