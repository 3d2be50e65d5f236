"""The ledger as a mirror of Talkstack's histories: calls placed elsewhere come in, none is lost, none is there twice.

It ends the same in whichever order, how often and under which of its ids a call is told.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import keeping, offers, renamed, texts
from dashboard.calls.models import Attempt, Call, Observation, Source
from dashboard.calls.observing import absorb, facts_of, keys_of, named, observe
from dashboard.calls.renamed import EARLY, LATE
from dashboard.calls.states import is_final
from dashboard.talkstack import CallData
from dashboard.web import spelling

PORTION = 50
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def take_history(workspace: Workspace, project_id: str, project_name: str, told: Iterable[CallData]) -> int:
    """Mirror a project's call history into the ledger: never loses a call, never doubles one. Gives how many were new.

    What was let go of or forgotten (keeping.py) is not taken in again. Of a call that is over only news is taken: facts
    that were missing, and once each what contradicts the row, which is kept as an observation.
    """
    told = [item for item in told if item.id]
    known = _known(workspace, {key for item in told for key in keys_of(item)})
    near = _near(workspace, told) if told else ""
    for item, row in renamed.find(workspace, project_id, told, lambda item, line: _spelt(item, line or near)):
        _join(item, row, known)
    strange = [item for item in told if not keys_of(item) & known.keys()]
    unwanted = keeping.unwanted(workspace, strange)
    for call, item in _with_news(told, known):
        with suppress(Call.DoesNotExist):  # let go of meanwhile
            observe(call.pk, Source.HISTORY, _spelt(item, call.from_number or call.number))
    wanted = [item for item in strange if item.id not in unwanted]
    new = 0
    for start in range(0, len(wanted), PORTION):
        part = wanted[start : start + PORTION]
        new += _mirror_all(workspace, project_id, project_name, part, Source.HISTORY)
        keeping.take_back(workspace, part)
    offers.offer(workspace, project_id, told, Source.HISTORY)
    return new


def take_one(workspace: Workspace, project_id: str, told: CallData) -> Call | None:
    """Mirror one call as call data tell it. None when it is not to be kept here, or may be one of our own attempts.

    Those attempts have it as a candidate afterwards, and are looked for.
    """
    keys = keys_of(told)
    if not _known(workspace, keys):
        if keeping.unwanted(workspace, [told]):
            return None
        names = of_project(workspace, project_id).exclude(project_name="").values_list("project_name", flat=True)
        _mirror_all(workspace, project_id, names.first() or "", [told], Source.CALL_DATA)
        keeping.take_back(workspace, [told])
    offers.offer(workspace, project_id, [told], Source.CALL_DATA)
    return next(iter(_known(workspace, keys).values()), None)


def of_project(workspace: Workspace, project_id: str) -> QuerySet[Call]:
    """The calls of a project, newest first."""
    return Call.objects.filter(workspace=workspace, project_id=project_id).order_by("-at", "-id")


def _known(workspace: Workspace, ids: set[str]) -> dict[str, Call]:
    found: dict[str, Call] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), 400):
        part = wanted[start : start + 400]
        for call in Call.objects.filter(named(workspace.pk, part)):
            found.update({key: call for key in (call.sid, call.call_id) if key})
    return found


def _with_news(told: list[CallData], known: dict[str, Call]) -> Iterable[tuple[Call, CallData]]:
    """The known calls of which this says something new, each with what it says."""
    pairs = [(call, item) for item in told if (call := _the_row(item, known))]
    contrary = [call.pk for call, item in pairs if call.final_at and item.state not in ("", call.state)]
    said: dict[Any, str] = {}
    for start in range(0, len(contrary), 400):
        rows = Observation.objects.filter(call__in=contrary[start : start + 400], source=Source.HISTORY)
        said.update(rows.order_by("seen_at", "id").values_list("call_id", "state"))
    for call, item in pairs:
        contradicts = call.final_at and item.state not in ("", call.state) and said.get(call.pk) != item.state[:60]
        if call.final_at is None or contradicts or _misses(call, item):
            yield call, item


def _the_row(item: CallData, known: dict[str, Call]) -> Call | None:
    """The row of a call. When it was told under one id here and another there, the two rows become one."""
    rows = {call.pk: call for key in keys_of(item) if (call := known.get(key))}
    if not rows:
        return None
    call = min(rows.values(), key=lambda row: (not row.attempt, row.at, row.pk))
    missing = {key for key in keys_of(item) if key not in (call.sid, call.call_id)}
    swapped = bool(item.sid) and item.sid == call.call_id and item.sid != call.sid  # it was told as a call id before
    if swapped or (missing and not (call.sid and call.call_id and call.sid != call.call_id)):
        _name(call, item.sid if swapped else sorted(missing)[0], item)
        known.update(dict.fromkeys(keys_of(item), call))
    return call


def _join(item: CallData, row: Call, known: dict[str, Call]) -> None:
    """This row is that call. When it has another one by now, two workers wrote it at once; they become one."""
    other = next((known[key] for key in keys_of(item) if key in known), row)
    first, second = sorted((row, other), key=lambda each: (not each.attempt, each.at, each.pk))
    if first.pk != second.pk and not second.attempt:
        _name(first, second.sid or second.call_id or "", item)
    known.update(dict.fromkeys(keys_of(item), first))


def _name(call: Call, key: str, item: CallData) -> None:
    """Note another id of a call. Where somebody does the same just now it waits for the next answer."""
    with suppress(Call.DoesNotExist, IntegrityError), transaction.atomic():
        row = Call.objects.select_for_update().get(pk=call.pk)
        if absorb(row, key):
            sid = (item.sid or row.sid or key)[:200]
            others = (each for each in (item.call_id, key, row.call_id, row.sid) if each and each != sid)
            row.sid, row.call_id = sid, next(others, sid)[:200]
            row.version += 1
            row.save()
            call.sid, call.call_id = row.sid, row.call_id


def _misses(call: Call, item: CallData) -> bool:
    """Whether a call that is over lacks a fact that is told now: prices and lengths come late."""
    late = ("number", "from_number", "seconds", "cost", "ended_at", "recordings")
    return any(getattr(call, name) in (None, "", []) for name in late if name in facts_of(call, item))


def _mirror_all(workspace: Workspace, project_id: str, name: str, items: list[CallData], source: Source) -> int:
    """Rows for calls that were placed elsewhere, in one transaction. Gives how many were made."""
    near = _near(workspace, items)
    with transaction.atomic():
        made = [pk for item in items if (pk := _mirror(workspace, project_id, name, _spelt(item, near), source))]
        texts.renew(made)
    return len(made)


def _near(workspace: Workspace, items: list[CallData]) -> str:
    """A number of the country in which these calls may be at home, "" if none is known."""
    here = next((text for item in items for text in (item.from_, item.to) if _E164.fullmatch(text)), "")
    lines = Call.objects.filter(workspace=workspace, from_number__startswith="+").values_list("from_number", flat=True)
    return here or lines.first() or ""


def _mirror(workspace: Workspace, project_id: str, project_name: str, item: CallData, source: Source) -> Any:
    """The id of a new row; None when there is one, or when it may be one of our own calls whose answer was lost."""
    if _may_be_ours(workspace, project_id, item):
        return None
    inbound = item.direction.startswith("inbound")
    call, made = Call.objects.get_or_create(
        workspace=workspace,
        sid=(item.sid or item.id)[:200],
        defaults={
            "project_id": project_id,
            "project_name": project_name[:300],
            "agent_id": item.agent_id[:200],
            "number": (item.from_ if inbound else item.to)[:40],
            "from_number": (item.to if inbound else item.from_)[:40],
            "direction": "inbound" if inbound else "outbound",
            "call_id": item.call_id[:200] or None,
            "at": item.started_at or timezone.now(),
        },
    )
    observe(call.pk, source, item, searchable=False)
    if not is_final(item.state) or source == Source.CALL_DATA:
        Call.objects.filter(pk=call.pk).update(next_read_at=timezone.now())
    return call.pk if made else None


def _may_be_ours(workspace: Workspace, project_id: str, item: CallData) -> bool:
    """Whether an attempt that was not answered, or is said to have called nobody, may turn out to be this call: reconciling
    decides that, not the mirror.
    """
    # Said so that SQLite goes by its index of attempts, which are few.
    calls = Call.objects.alias(name=Coalesce("sid", "call_id"), to=Coalesce("number", Value("")))
    mine = calls.filter(workspace=workspace, name=None, to=item.to)
    open_ones = mine.filter(attempt__in=[Attempt.SENDING, Attempt.UNKNOWN])
    if item.moment is None:
        return _not_ruled_out(open_ones, item)
    window = Q(sending_at__lte=item.moment + EARLY, deadline_at__gte=item.moment - LATE)
    same_line = Q(from_number="") | Q(from_number=item.from_) if item.from_ else Q()
    decided = Q(same_line, attempt=Attempt.NOT_CALLED, project_id=project_id)
    if not item.direction.startswith("inbound") and _not_ruled_out(mine.filter(window, decided), item):
        return True
    return _not_ruled_out(open_ones.filter(window), item)


def _not_ruled_out(attempts: QuerySet[Call], item: CallData) -> bool:
    """Whether there is one of which no person has said that this call is not it."""
    keys = keys_of(item)
    return any(not keys & set(gone) for gone in attempts.values_list("ruled_out", flat=True))


def _spelt(item: CallData, near: str = "") -> CallData:
    """The call with its numbers as E.164, however they are written; what cannot be read so stays as it is.

    `near`: some number of the country in which they may be at home.
    """
    near = next((text for text in (item.from_, item.to) if _E164.fullmatch(text)), near)
    return replace(item, to=_e164(item.to, near), from_=_e164(item.from_, near))


def _e164(text: str, near: str) -> str:
    if not text or _E164.fullmatch(text):
        return text
    found = spelling.readings(text, near)
    digits, country = "".join(filter(str.isdigit, text)), spelling.country_of(near)
    at_home = f"+{country}{digits.lstrip('0')}"
    if country and at_home in found and (digits.startswith("0") or len(digits) <= 10):
        return at_home
    plain = f"+{digits.removeprefix('00')}"
    return plain if _E164.fullmatch(plain) and plain in found and (text.startswith("+") or len(digits) > 10) else text
