"""Taking in what a source says about a call: every observation is kept, and the more trusted one is believed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import texts
from dashboard.calls.models import Call, Moved, Observation, Source
from dashboard.calls.states import OPEN, better, is_final, wins
from dashboard.talkstack import CallData

FACTS = ("from_number", "started_at", "ended_at", "seconds", "cost", "currency", "recordings", "data")


def keys_of(told: CallData) -> set[str]:
    """Every id by which a source names a call."""
    return {key[:200] for key in (told.id, told.sid, told.call_id) if key}


def named(workspace_pk: int, keys: Iterable[str]) -> Q:
    """That a call of the workspace carries one of these ids. Not with "or": SQLite would look through all of its calls."""
    told, ours = list(keys), Call.objects.filter(workspace=workspace_pk).order_by()
    return Q(pk__in=ours.filter(sid__in=told).values("pk").union(ours.filter(call_id__in=told).values("pk")))


def observe(
    call_pk: Any, source: Source, told: CallData, now: datetime | None = None, *, searchable: bool = True
) -> Call:
    """Take what one source says about a call: keep the observation, move the state forward, fill in facts.

    The version grows only when something a page shows has changed. `searchable=False`: the caller renews its words.
    """
    now = now or timezone.now()
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=call_pk)
        facts = _take_facts(call, told, source)
        changed = _take_state(call, source, told, now) or facts
        call.read_problem = ""
        call.version += changed
        call.save()
        if facts and searchable:
            texts.renew([call.pk])
    return call


def hint(workspace: Workspace, project_id: str, told: CallData, seen_at: datetime) -> Call | None:
    """Take what a webhook says about a call of this project. Nothing signs it, so it is no more than a hint.

    Gives the call that carries one of its ids (also one that has become part of another row), None when there is none:
    then keep the event and come again. Asks Talkstack nothing and never ends a call. The observation is kept; an open
    state moves the call forward; a final word waits until call data or history say it too, and until then the page
    says that it is being checked. Any news makes the call due to be read at once; the same word again changes nothing.
    """
    keys = keys_of(told)
    with transaction.atomic():
        found = Call.objects.select_for_update().filter(named(workspace.pk, keys), project_id=project_id)
        call = found.order_by("pk").first() if keys else None
        if call is not None and told.state and _is_news(call, Source.WEBHOOK, told.state):
            took = not is_final(told.state) and wins(call.state, call.state_source, told.state, Source.WEBHOOK)
            agreed = told.state == call.state
            _keep(call, Source.WEBHOOK, told, seen_at, took or agreed)
            if took:
                call.state, call.state_source, call.state_at = told.state[:60], Source.WEBHOOK, seen_at
            if call.final_at is None or (is_final(told.state) and not agreed):
                call.next_read_at = min(filter(None, [call.next_read_at, timezone.now()]))
            call.version += 1
            call.save()
    return call


def unconfirmed(call: Call, observed: list[Observation]) -> Observation | None:
    """The webhook's final word that nobody else has confirmed yet, for an open call; None when there is none."""
    if call.final_at or is_final(call.state):
        return None
    finals = [item for item in observed if item.source == Source.WEBHOOK and is_final(item.state)]
    return finals[-1] if finals else None


def _is_news(call: Call, source: str, state: str) -> bool:
    last = call.observations.filter(source=source).last()
    return last is None or last.state != state[:60]


def _keep(call: Call, source: str, told: CallData, now: datetime, took: bool) -> None:
    at = told.ended_at if is_final(told.state) else None
    Observation.objects.create(call=call, source=source, state=told.state[:60], at=at, seen_at=now, took=took)


def _take_state(call: Call, source: Source, told: CallData, now: datetime) -> bool:
    """Whether a page shows something new. What is not believed is kept as well, once for every change of it."""
    if not told.state:
        return False
    news, agreed = _is_news(call, source, told.state), told.state == call.state
    took = agreed or wins(call.state, call.state_source, told.state, source)
    if news:
        _keep(call, source, told, now, took)
    if agreed:
        call.state_at, call.state_source = now, better(call.state_source, source)
        return _took_end(call, told, now) or news
    if took:
        call.state, call.state_source, call.state_at = told.state[:60], source, now
        _took_end(call, told, now)
    return took or news


def _took_end(call: Call, told: CallData, now: datetime) -> bool:
    """Whether this says that the call is over: a final word, or one we do not know together with an end or a recording."""
    ended = told.state not in OPEN and bool(told.ended_at or told.recordings)
    if call.final_at is not None or not (is_final(call.state) or ended):
        return False
    call.final_at = now
    return True


def _take_facts(call: Call, told: CallData, source: Source) -> bool:
    """What call data said stays, whatever a history says later: so the row ends the same in whichever order they come."""
    before = [getattr(call, name) for name in (*FACTS, "number")]
    said = facts_of(call, told)
    number = said.pop("number", "")
    call.number = call.number or number  # the one that a call is known by stays
    for name, value in said.items():
        if source == Source.CALL_DATA or not call.raw or getattr(call, name) in (None, "", [], {}):
            setattr(call, name, value)
    if not call.attempt and call.started_at:
        call.at = call.started_at
    if source == Source.CALL_DATA:
        call.raw = told.raw
    return before != [getattr(call, name) for name in (*FACTS, "number")]


def facts_of(call: Call, told: CallData) -> dict[str, Any]:
    """The facts that a source gives, by the names of the columns; a day does not replace a moment."""
    inbound = call.direction == "inbound" or told.direction.startswith("inbound")
    given = {
        "number": (told.from_ if inbound else told.to)[:40],
        "from_number": (told.to if inbound else told.from_)[:40],
        "started_at": told.moment or (None if call.started_at else told.started_at),
        "ended_at": told.ended_at,
        "seconds": told.seconds,
        "cost": told.cost,
        "currency": told.currency[:10],
        "recordings": list(told.recordings),
        "data": told.data,
    }
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def name_sid(call: Call, sid: str) -> None:
    """Store the id that Talkstack reads this call by, once the history has told it."""
    with transaction.atomic():
        row = Call.objects.select_for_update().get(pk=call.pk)
        if absorb(row, sid):
            row.sid = sid[:200]
            row.save()


def absorb(call: Call, key: str) -> bool:
    """Make room for `call` to carry Talkstack's id `key`: a mirrored row of it becomes part of `call`.

    False when the id belongs to another attempt of ours. Runs inside the caller's transaction.
    """
    other = Call.objects.select_for_update().filter(named(call.workspace_id, [key])).exclude(pk=call.pk).first()
    if other is None:
        return True
    if other.attempt:
        return False
    other.observations.update(call=call)
    other.analyses.update(call=call)
    other.answers.update(call=call)
    Moved.objects.filter(call=other).update(call=call)
    Moved.objects.create(old_id=other.pk, workspace_id=call.workspace_id, call=call)
    _take_over(call, other)
    other.delete()
    return True


def _take_over(call: Call, other: Call) -> None:
    """What the other row knew, where it knew more or knew it better."""
    if wins(call.state, call.state_source, other.state, other.state_source):
        call.state, call.state_source, call.state_at = other.state, other.state_source, other.state_at
    better_told = bool(other.raw) and not call.raw
    for name in ("raw", *FACTS):
        value = getattr(other, name)
        if value not in (None, "", [], {}) and (better_told or getattr(call, name) in (None, "", [], {})):
            setattr(call, name, value)
    call.final_at = min(filter(None, [call.final_at, other.final_at]), default=None)
