"""What an asking left without an answer, and a person may have asked again: what was lost, and what failed."""

from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, QuerySet

from dashboard.analysis import eligible
from dashboard.analysis.eligible import Again
from dashboard.analysis.progress import Progress
from dashboard.calls.forms import new_key
from dashboard.calls.models import Analysis, Asking, AskingState, Call

STATES = (AskingState.LOST, AskingState.FAILED)


@dataclass(frozen=True)
class Offer:
    """So many calls of one state that can be asked about again. `request_key` makes a form that is sent twice one asking.

    `wrong` is why nothing was asked when its form was sent, `typed` what stood in its field.
    """

    state: AskingState
    count: int
    request_key: str = field(default_factory=new_key)
    wrong: str = ""
    typed: str = ""

    @property
    def must_type(self) -> bool:
        """Whether the number of calls has to be typed."""
        return eligible.must_type(self.count)


def of(asking: Asking, now: Progress) -> list[Offer]:
    """What can be asked again, once nothing of the asking comes by itself any more. One query, none where nothing is left."""
    if not now.over or asking.question_set.retired_at or not any(state in STATES for state, _, _ in now.counts):
        return []
    rows = Analysis.objects.filter(asking=asking, state__in=STATES, call__in=left(asking, *STATES))
    many = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return [Offer(state, many[state]) for state in STATES if state in many]


def left(asking: Asking, *states: AskingState) -> QuerySet[Call]:
    """The calls of the asking that are in one of these states and may be asked about."""
    mine = Analysis.objects.filter(call=OuterRef("pk"), asking=asking, state__in=states)
    calls = Call.objects.filter(Exists(mine), workspace=asking.workspace_id, project_id=asking.project_id)
    return eligible.of(calls, asking.question_set, Again(lost=True))
