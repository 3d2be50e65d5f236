"""People who do things to the same call, view or file in the same moment: one of them did it, and everybody is told in words."""

import json
import threading
from collections import Counter

import pytest

from dashboard.activity.models import Entry
from dashboard.analysis import actions, sending
from dashboard.analysis.eligible import Again
from dashboard.calls import dialing
from dashboard.calls.models import (
    Analysis,
    Answer,
    Asking,
    Attempt,
    Call,
    Observation,
    Question,
    QuestionSet,
    SavedView,
)
from tests.analysis.conftest import past_calls
from tests.at_once import at_once
from tests.calls.conftest import work
from tests.calls.test_unknown import elsewhere, lost, page_of

pytestmark = pytest.mark.django_db(transaction=True)


def each_of(what):
    """A function that does the next of these things each time it is called, in whichever thread."""
    waiting, lock = list(what), threading.Lock()

    def one():
        with lock:
            act = waiting.pop()
        return act()

    return one


def test_only_one_decision_about_an_unknown_call_counts(operator, admin, owner, sandbox, agent, workspace):
    call = lost(operator, sandbox, agent)
    other = elsewhere(sandbox, agent, workspace)
    work(sandbox, 90)
    call.refresh_from_db()
    ids = [each["id"] for each in call.candidates]
    assert other in ids and len(ids) == 2
    wishes = [{"candidate": ids[0]}, {"candidate": ids[1]}, {"none": "1"}, {}]
    people = (operator, admin, owner)
    address = page_of(call, "decide/")
    acts = [lambda who=who, wish=wish: who.post(address, wish) for who in people for wish in wishes]
    answers = at_once(len(acts), each_of(acts))
    assert {answer.status_code for answer in answers} == {303}
    call.refresh_from_db()
    decided = Entry.objects.filter(verb__in=["call.decide", "call.rule_out"], thing_id=str(call.pk))
    assert decided.count() == 1 or [entry.verb for entry in decided].count("call.decide") == 0
    if call.attempt == Attempt.PLACED:
        assert call.sid in ids and not call.candidates
        assert Observation.objects.filter(call=call, state=Attempt.PLACED).count() == 1
    else:
        assert call.attempt == Attempt.UNKNOWN and sorted(call.ruled_out) == sorted(ids)
    assert len(sandbox.rings) == 1


def test_nobody_was_called_is_not_taken_when_a_call_turned_up_in_that_moment(operator, sandbox, agent, workspace):
    call = lost(operator, sandbox, agent)
    Call.objects.filter(pk=call.pk).update(candidates=[{"id": "CA1"}])
    assert not dialing.say_not_called(call, call.placed_by)
    call.refresh_from_db()
    assert call.attempt == Attempt.UNKNOWN


def test_a_set_that_two_have_asked_at_once_is_asked_once(transactional_db, workspace, sandbox, project_id):
    calls = past_calls(workspace, project_id, 12)
    made = QuestionSet.objects.create(workspace=workspace, project_id=project_id, name="After")
    Question.objects.create(question_set=made, text="Is it?", type="Boolean")
    user = workspace.memberships.get().user
    keys = iter(f"key {n}" for n in range(8))

    def ask():
        what = {"most": 100, "again": Again(False, False), "words": []}
        try:
            key = next(keys)
            return actions.ask(workspace, user, made, Call.objects.all(), request_key=key, **what).total
        except actions.NothingToAsk:
            return 0

    over = [call for call in calls if call.final_at]
    assert sorted(at_once(6, ask))[:5] == [0] * 5

    def ask_all():
        while sending.ask_next(f"worker {threading.get_ident()}"):
            pass

    at_once(4, ask_all)
    counted = Counter(each.sid for each in sandbox.asked)
    assert len(counted) == len(over) and set(counted.values()) == {1}
    assert Asking.objects.count() == 1 and Analysis.objects.count() == Answer.objects.count() == len(over)


def test_a_view_that_is_renamed_while_it_is_deleted_is_gone_or_renamed(viewer, workspace):
    member = workspace.memberships.get(role="viewer")
    for n in range(3):
        view = SavedView.objects.create(workspace=workspace, member=member, name=f"View {n}", query="days=7")
        page = f"/w/oak-care/calls/views/{view.pk}/"
        acts = [lambda page=page, n=n: viewer.post(f"{page}rename/", {"name": f"Name {n}"}) for n in range(4)]
        acts += [lambda page=page: viewer.post(f"{page}delete/")] * 4
        answers = at_once(8, each_of(acts))
        assert {answer.status_code for answer in answers} <= {303, 404}
        assert not SavedView.objects.exists()
    assert Entry.objects.filter(verb="view.delete").count() == 3


def test_a_file_whose_calls_are_deleted_meanwhile_has_the_others(operator, workspace, project_id):
    from django.utils import timezone

    now = timezone.now()
    rows = [
        Call(workspace=workspace, project_id=project_id, number="+12065550121", at=now, sid=f"CA{n}")
        for n in range(1_500)
    ]
    Call.objects.bulk_create(rows)
    pieces = iter(operator.get("/w/oak-care/calls/export/?format=jsonl"))
    got = [next(pieces)]
    at_once(1, lambda: Call.objects.filter(sid__endswith="7").delete())
    told = [json.loads(line) for line in b"".join([*got, *pieces]).splitlines()]
    sids = [each["sid"] for each in told[:-1]]
    assert told[-1] == {"type": "end", "calls": len(sids)} and len(set(sids)) == len(sids)
    assert {row.sid for row in rows if not row.sid.endswith("7")} <= set(sids)
