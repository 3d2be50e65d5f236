"""What an address names, or 404: a set, an asking, a call of this workspace and project; and what a form names."""

from typing import Any
from uuid import UUID

from django.http import Http404, QueryDict

from dashboard.accounts.http import WorkspaceRequest
from dashboard.analysis import eligible
from dashboard.calls.models import Asking, Call, Moved, QuestionSet
from dashboard.web.words import count_of

LONGEST_KEY = 100


def question_set(request: WorkspaceRequest, project_id: str, set_id: Any, **annotations: Any) -> QuestionSet:
    """The set, with what else is to be asked of it in the same query; raises Http404."""
    mine = QuestionSet.objects.filter(workspace=request.workspace, project_id=project_id, pk=set_id)
    found = mine.annotate(**annotations).first()
    if found is None:
        raise Http404
    found.workspace = request.workspace
    return found


def asking(request: WorkspaceRequest, project_id: str, asking_id: Any) -> Asking:
    """The asking with its set; raises Http404."""
    mine = Asking.objects.filter(workspace=request.workspace, project_id=project_id, pk=asking_id)
    found = mine.select_related("question_set").first()
    if found is None:
        raise Http404
    found.workspace = request.workspace
    return found


def call(request: WorkspaceRequest, project_id: str, call_id: Any) -> Call:
    """The call, also by the address that it had before it was joined with another; raises Http404."""
    mine = Call.objects.filter(workspace=request.workspace, project_id=project_id)
    found = mine.filter(pk=call_id).first()
    if found is None:
        moved = Moved.objects.filter(workspace=request.workspace, old_id=call_id).values("call_id")
        found = mine.filter(pk__in=moved).first()
    if found is None:
        raise Http404
    found.workspace = request.workspace
    return found


def request_key(data: QueryDict) -> str:
    """What makes a form that is sent twice one asking; "" when it has none, or one that cannot be kept."""
    key = str(data.get("request_key", ""))
    return key if key.isprintable() and len(key) <= LONGEST_KEY else ""


def sent_before(request: WorkspaceRequest, project_id: str) -> Asking | None:
    """The asking that this very form made already: back button, reload, double click."""
    key = request_key(request.POST)
    if not key:
        return None
    return Asking.objects.filter(workspace=request.workspace, project_id=project_id, request_key=key).first()


def not_confirmed(data: QueryDict, calls: int, again: bool = False) -> str:
    """Why a form that was sent does not confirm that so many calls are asked about; "" when it does."""
    if calls > _number(data.get("shown", "")):
        return f"Meanwhile it would be {count_of(calls, 'call')}. Nothing was asked yet: look, and confirm again."
    if eligible.must_type(calls) and _number(data.get("confirm_count", "")) != calls:
        return f"Type {calls} to confirm that so many calls are asked about{' again' if again else ''}."
    return ""


def _number(text: str) -> int:
    """A typed number of calls; 0 for anything else."""
    digits = text.strip().replace(",", "").replace(" ", "")
    return int(digits) if digits.isdecimal() and len(digits) < 8 else 0


def named_set(data: QueryDict, sets: list[QuestionSet]) -> QuestionSet | None:
    """The one of `sets` that a form or an address names; the only one if there is but one."""
    try:
        wanted = UUID(data.get("set", ""))
    except ValueError:
        return sets[0] if len(sets) == 1 and not data.get("set") else None
    return next((each for each in sets if each.pk == wanted), None)
