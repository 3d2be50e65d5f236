"""Forgetting a number where answers about other calls name it. Runs in the transaction that forgets the number."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from dashboard.activity.keeping import FORGOTTEN
from dashboard.calls import texts
from dashboard.calls.models import Analysis, Answer
from dashboard.calls.narrowing import SHORT
from dashboard.web.spelling import Spelling

_TEXTS, _JSON = ("words", "summary", "sentiment"), ("extra", "raw")


def may_name(ways: Spelling, few: bool) -> Q:
    """The condition, on calls, that an answer about them or whatever else Talkstack said of them may name the number.

    `few` calls are asked about one by one; else all answers are looked through, once.
    """
    told = [rows.order_by() for rows in (_answers(ways), _analyses(ways))]
    if few:
        return Q(Exists(told[0].filter(call=OuterRef("pk")))) | Q(Exists(told[1].filter(call=OuterRef("pk"))))
    return Q(pk__in=told[0].values("call_id").union(told[1].values("call_id")))


def naming(ways: Spelling, call_pks: Iterable[Any]) -> set[UUID]:
    """Those of the calls of which it surely does. Two queries, none without calls."""
    pks = list(call_pks)
    if not pks:
        return set()
    told = {answer.call_id for answer in _answers(ways).filter(call__in=pks) if ways.names(answer.value)}
    return told | {each.call_id for each in _analyses(ways).filter(call__in=pks) if _changed(each, ways)}


def replace(ways: Spelling, call_pks: Iterable[Any]) -> None:
    """Their answers stay, without the number; what is searched of them is written anew."""
    pks = list(call_pks)
    for answer in _answers(ways).filter(call__in=pks):
        value = ways.replaced(answer.value, FORGOTTEN)
        if value != answer.value:
            Answer.objects.filter(pk=answer.pk).update(value=value, short=value[:SHORT], number=None)
    for analysis in _analyses(ways).filter(call__in=pks):
        if changed := _changed(analysis, ways):
            Analysis.objects.filter(pk=analysis.pk).update(**changed)
    texts.renew(pks)


def _answers(ways: Spelling) -> Any:
    return Answer.objects.filter(value__regex=ways.loose)


def _analyses(ways: Spelling) -> Any:
    either = Q()
    for name in _TEXTS:
        either |= Q(**{f"{name}__regex": ways.loose})
    for name in _JSON:
        either |= Q(**{f"{name}_text__regex": ways.loose})
    return Analysis.objects.alias(**{f"{name}_text": Cast(name, TextField()) for name in _JSON}).filter(either)


def _changed(analysis: Analysis, ways: Spelling) -> dict[str, Any]:
    """What has to change in it."""
    limits = {"words": 300, "sentiment": 100}
    after = {name: ways.replaced(getattr(analysis, name), FORGOTTEN) for name in (*_TEXTS, *_JSON)}
    after |= {name: after[name][:most] for name, most in limits.items()}
    return {name: value for name, value in after.items() if value != getattr(analysis, name)}
