"""Answers go with a forgotten number and with what is no longer kept."""

from datetime import timedelta

from django.utils import timezone

from dashboard.calls import answers, forgetting, keeping
from dashboard.calls.models import Analysis, Answer, Call, CallText
from tests.analysis.conftest import CONFIRMED, WHY, ask_about, asking_worker, base
from tests.calls.test_forgotten import NUMBER, forget, kept, traces
from tests.conftest import text


def told_of(sandbox, words):
    body = {
        "data": {
            "summary": f"They said {words}",
            "mood": {words: [words]},
            "answers": {CONFIRMED: "yes", WHY: f"Call {words}."},
        }
    }
    sandbox.faults.add("null", path="/call/analysis", body=body)


def test_answers_go_with_the_calls_of_the_number_and_are_blanked_elsewhere(
    operator, question_set, ended, sandbox, workspace
):
    told_of(sandbox, "+1 206 555-0137")
    ask_about(operator, ended, question_set)
    asking_worker()
    assert traces()
    found = forgetting.look(workspace, NUMBER)
    assert [call.pk for call in found.named] == [ended.pk] and found.calls == []
    forget(workspace)
    assert traces() == []
    analysis = Analysis.objects.get()
    assert analysis.summary == "They said a forgotten number" and analysis.state == "answered"
    assert Answer.objects.get(question__text=WHY).value == "Call a forgotten number."
    assert "a forgotten number" in CallText.objects.get(call=ended).text
    forget(workspace, ended.number)
    assert (
        not Analysis.objects.exists() and not Answer.objects.exists() and not Call.objects.filter(pk=ended.pk).exists()
    )


def test_an_answer_that_comes_after_its_call_was_forgotten_is_kept_nowhere(
    operator, question_set, ended, sandbox, workspace
):
    from dashboard.accounts.upstream import Upstream
    from dashboard.analysis import sending, settling

    ask_about(operator, ended, question_set)
    claim = sending._claim(sending._next_due(), "somebody")
    told = sending._ask(claim, Upstream(workspace).client())
    forget(workspace, ended.number)
    settling.answered(claim, told)
    settling.lost(claim)
    assert (
        not Analysis.objects.exists()
        and not Answer.objects.exists()
        and not CallText.objects.filter(call=ended.pk).exists()
    )


def test_answers_go_when_variables_go(operator, question_set, ended, sandbox, workspace):
    told_of(sandbox, "soon")
    ask_about(operator, ended, question_set)
    asking_worker()
    Call.objects.filter(pk=ended.pk).update(
        variables={}, data={}, raw={}, next_read_at=None
    )  # answers alone are left of it
    kept(workspace, keep_variables_days=7)
    keeping.let_go()
    assert Answer.objects.count() == 4
    long_ago = timezone.now() - timedelta(days=8)
    Call.objects.filter(pk=ended.pk).update(at=long_ago, started_at=long_ago)
    keeping.let_go()
    analysis = Analysis.objects.get()
    assert Answer.objects.count() == 0 and (analysis.summary, analysis.extra, analysis.raw) == ("", {}, {})
    assert "soon" not in CallText.objects.get(call=ended).text
    page = text(operator.get(f"/w/oak-care/projects/{ended.project_id}/calls/{ended.pk}/analysis/"))
    assert "No longer kept" in page and "answers go 7 days after a call" in page and "Ask again" not in page
    questions = answers.questions_of(workspace)
    assert {cell.text for cell in answers.cells([ended], questions)[ended.pk].values()} == {"No longer kept"}
    assert "Nothing to ask" in text(operator.get(f"{base(ended.project_id)}ask/?days=any&q={ended.number[-7:]}"))
    assert keeping.let_go() is False
