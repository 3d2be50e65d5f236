"""Questions about one call: asked on its page, answered by the worker, shown with their source; every way it can go."""

from datetime import timedelta
from typing import Any

import pytest

from dashboard.activity.models import Entry
from dashboard.analysis import sending, settling
from dashboard.calls import answers, texts
from dashboard.calls.models import Analysis, Answer, Asking, CallText
from dashboard.sandbox.spoil import SHAPES
from dashboard.web import registry
from tests.analysis.conftest import (
    CONFIRMED,
    REASON,
    SCORE,
    WHY,
    ask_about,
    asking_worker,
    base,
    question,
    questions,
    state_of,
)  # fmt: skip
from tests.calls.conftest import call_of, start
from tests.conftest import text
from tests.test_hostile import MARKUP, PAYLOADS, inert


def page_of(client: Any, call: Any, **query: str) -> Any:
    return client.get(f"/w/oak-care/projects/{call.project_id}/calls/{call.pk}/analysis/", query)


def told(call: Any) -> dict[str, str]:
    return dict(Answer.objects.filter(call=call).values_list("question__text", "value"))


def test_an_operator_asks_and_reads(operator, viewer, question_set, ended, sandbox, django_assert_max_num_queries):
    assert "After the visit" in text(page_of(operator, ended)) and "Ask questions" in text(page_of(viewer, ended))
    answer = ask_about(operator, ended, question_set)
    assert answer.status_code == 303 and answer["Location"].endswith(f"/calls/{ended.pk}/")
    waiting = text(page_of(operator, ended))
    assert sandbox.asked == [] and "Waiting to be asked." in waiting
    assert 'http-equiv="refresh"' in waiting, "without JavaScript it comes by itself too"
    asking_worker()
    assert [each.questions for each in sandbox.asked] == [[CONFIRMED, SCORE, REASON, WHY]]
    with django_assert_max_num_queries(11):  # with the three of a session that moved
        page = text(page_of(viewer, ended))
    values = told(ended)
    assert 'http-equiv="refresh"' not in page
    assert set(values) == {CONFIRMED, SCORE, REASON, WHY} and all(values.values())
    assert values[CONFIRMED] in ("Yes", "No") and values[SCORE].isdecimal()
    assert all(
        words in page for words in (*values, "Answered by Talkstack at", "Sentiment", "Also said", "asked by operator@")
    )
    assert Answer.objects.get(question__text=SCORE).number == float(values[SCORE])
    entry = Entry.objects.get(verb="call.ask")
    assert (entry.thing_id, entry.after["set"]) == (str(ended.pk), "After the visit")
    assert texts.fold(values[WHY])[:20] in CallText.objects.get(call=ended).text


def test_a_double_click_and_a_reload_ask_once(operator, question_set, ended, sandbox):
    for _ in range(2):
        ask_about(operator, ended, question_set, key="one form")
    ask_about(operator, ended, question_set)
    asking_worker()
    ask_about(operator, ended, question_set, key="one form")
    ask_about(operator, ended, question_set)
    asking_worker()
    assert len(sandbox.asked) == 1 and Asking.objects.count() == 1


def test_only_what_is_over_is_asked_about(operator, agent, question_set, sandbox):
    call = call_of(start(operator, agent, "+12065550121"))
    assert "Questions can be asked after the call." in text(page_of(operator, call))
    assert ask_about(operator, call, question_set).status_code == 303
    assert Analysis.objects.count() == 0


@pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"none", "first"}))
def test_every_shape_of_an_answer_is_read(operator, question_set, ended, sandbox, shape):
    sandbox.faults.add("shape", path="/call/analysis", shape=shape)
    ask_about(operator, ended, question_set)
    asking_worker()
    values = told(ended)
    assert values[CONFIRMED] in ("Yes", "No") and values[SCORE].isdecimal() and values[WHY] and values[REASON]
    row = Analysis.objects.get()
    assert row.state == "answered" and row.raw and len(sandbox.asked) == 1


def test_what_was_not_answered_says_so_and_a_new_question_goes_alone(
    operator, admin, question_set, ended, sandbox, project_id
):
    sandbox.faults.add("shape", path="/call/analysis", shape="first")
    ask_about(operator, ended, question_set)
    asking_worker()
    assert (
        sorted(told(ended).values())[:3] == ["", "", ""]
        and text(page_of(operator, ended)).count("No answer given") == 3
    )
    ask_about(operator, ended, question_set)
    asking_worker()
    assert [len(each.questions) for each in sandbox.asked] == [4, 3] and all(told(ended).values())
    from tests.analysis.test_sets import fields_of

    url = f"{base(project_id)}{question_set.pk}/edit/"
    fields = fields_of(admin.post(url, fields_of(admin.get(url)) | {"do": "add"})) | {
        "q4-text": "Anything else?",
        "q4-type": "Text",
    }
    assert admin.post(url, fields).status_code == 303
    page = text(page_of(operator, ended))
    assert "Anything else?" in page and "Not asked yet" in page and "Ask for the 1 without an answer" in page
    ask_about(operator, ended, question_set)
    asking_worker()
    assert sandbox.asked[-1].questions == ["Anything else?"] and len(sandbox.asked) == 3
    ask_about(operator, ended, question_set)
    assert asking_worker() == 0


def test_nothing_said_is_not_ready_and_tried_a_few_times_later(operator, question_set, ended, sandbox):
    sandbox.faults.add("shape", path="/call/analysis", shape="none", times=0)
    ask_about(operator, ended, question_set)
    asking_worker()
    page = text(page_of(operator, ended))
    assert state_of(ended) == "not_ready" and "It is asked again by itself at" in page and len(sandbox.asked) == 1
    sandbox.tick(61)
    asking_worker()
    assert len(sandbox.asked) == 2
    for _ in range(5):
        sandbox.tick(1000)
        asking_worker()
    assert len(sandbox.asked) == 1 + len(settling.NOT_READY_PAUSES)
    assert "not asked again by itself" in text(page_of(operator, ended))
    sandbox.faults.clear()
    ask_about(operator, ended, question_set)
    asking_worker()
    assert state_of(ended) == "answered"


REFUSALS = [
    ("400", {"message": "call analysis is available only after the call has ended."}, "not_ready", "only after the call has ended"),
    ("409", {"message": "Transcript is still being processed"}, "not_ready", "still being processed"),
    ("400", {"message": "Question 2 makes no sense"}, "failed", "Talkstack refused the questions: “Question 2 makes no sense”"),
    ("404", {}, "failed", "Talkstack does not know this call"),
    ("422", {}, "failed", "Talkstack refused the questions"),
    ("500", {}, "lost", "may have answered and charged, but the answer was lost"),
    ("lost-500", {}, "lost", "it may be charged twice"),
    ("lost-close", {}, "lost", "the answer was lost"),
    ("cut", {}, "lost", "the answer was lost"),
    ("html-200", {}, "lost", "the answer was lost"),
    ("truncated", {}, "lost", "the answer was lost"),
    ("redirect", {}, "lost", "the answer was lost"),
    ("text", {}, "lost", "the answer was lost"),
    ("down", {}, "waiting", "Talkstack cannot be reached"),
    ("429", {"headers": {"Retry-After": "120"}}, "waiting", "asks to wait"),
    ("402", {}, "waiting", "credit is used up"),
    ("403", {}, "waiting", "does not allow this"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "options", "state", "words"), REFUSALS, ids=[f"{row[0]}-{row[2]}" for row in REFUSALS]
)
def test_each_failure_has_its_own_words(operator, question_set, ended, sandbox, kind, options, state, words):
    rule = sandbox.faults.add(kind, path="/call/analysis", times=0, **options)
    ask_about(operator, ended, question_set)
    asking_worker()
    page = text(page_of(operator, ended)).replace("&#x27;", "'")
    assert state_of(ended) == state and words in page
    assert rule.hits == 1
    if state != "waiting":
        sandbox.tick(7200 if state != "not_ready" else 0)
        asking_worker()
        assert rule.hits == 1
    sandbox.faults.clear()
    if state == "waiting":
        assert asking_worker() == 0 and "Next try at" in page
        sandbox.tick(301)
    else:
        assert ("Ask again" in page) == (state != "not_ready")
        ask_about(operator, ended, question_set)
        sandbox.tick(61)
    asking_worker()
    done_before = kind in ("lost-500", "lost-close", "cut", "html-200", "truncated", "text")
    assert state_of(ended) == "answered" and sum(each.done for each in sandbox.asked) == 1 + done_before


def test_a_refused_bearer_is_renewed_and_a_refused_key_holds_everything(
    operator, question_set, ended, sandbox, workspace
):
    sandbox.faults.add("401", path="/call/analysis")
    ask_about(operator, ended, question_set)
    asking_worker()
    assert state_of(ended) == "answered" and len(sandbox.asked) == 1
    Analysis.objects.all().delete()
    Answer.objects.all().delete()
    rule = sandbox.faults.add("401", path="/call/analysis", times=0)
    ask_about(operator, ended, question_set)
    asking_worker()
    assert (
        state_of(ended) == "waiting" and rule.hits == 2 and "did not accept the key" in text(page_of(operator, ended))
    )


def test_a_slow_answer_runs_out_of_time(operator, question_set, ended, sandbox, settings):
    settings.BUDGETS = {**settings.BUDGETS, "analysis": 0.3}
    sandbox.faults.add("late", path="/call/analysis", seconds=1)
    ask_about(operator, ended, question_set)
    asking_worker()
    assert state_of(ended) == "lost" and len(sandbox.asked) == 1


@pytest.mark.item("S40")
def test_hostile_answers_are_text(operator, admin, question_set, ended, sandbox):
    worst = "".join(PAYLOADS)[:15000]
    body = {
        "summary": worst,
        "sentiment": worst,
        worst[:300]: worst,
        "answers": {CONFIRMED: worst, SCORE: [1, {"a": None}]},
    }
    body["answers"][WHY] = worst
    sandbox.faults.add("null", path="/call/analysis", body={"data": body})
    ask_about(operator, ended, question_set)
    asking_worker()
    assert state_of(ended) == "answered" and told(ended)[WHY][:100] == worst.replace("\x00", "").strip()[:100]
    rows = [(f"{n} {payload}"[:500], "Selector", [payload[:99], "b"]) for n, payload in enumerate(MARKUP[:20])]
    made = admin.post(f"{base(ended.project_id)}new/", questions(*rows, name=MARKUP[0][:80]))
    assert made.status_code == 303
    urls = [
        f"{base(ended.project_id)}{question_set.pk}/",
        made["Location"],
        f"{made['Location']}edit/",
        base(ended.project_id),
    ]
    for url in [
        *urls,
        f"{base(ended.project_id)}ask/",
        f"/w/oak-care/projects/{ended.project_id}/calls/{ended.pk}/analysis/",
    ]:
        inert(admin.get(url), url)


def test_polling(operator, question_set, ended, sandbox):
    ask_about(operator, ended, question_set)
    page = page_of(operator, ended)
    seen = page.context["analysis"].seen
    assert page_of(operator, ended, seen=seen).status_code == 204
    assert page_of(operator, ended, seen="another").status_code == 200
    asking_worker()
    done = operator.get(
        page_of(operator, ended).request["PATH_INFO"],
        {"seen": seen},
        headers={"HX-Request": "true", "HX-Target": "call-analysis"},
    )
    assert done.status_code == 286 and "<html" not in text(done) and 'id="call-analysis"' in text(done)


def test_filters_and_columns(operator, question_set, ended, sandbox, django_assert_num_queries):
    from dashboard.calls.models import Call

    questions = answers.questions_of(ended.workspace, ended.project_id)
    assert [each.text for each in questions] == [CONFIRMED, SCORE, REASON, WHY]
    calls = Call.objects.filter(workspace=ended.workspace)
    before = answers.cells([ended], questions)[ended.pk]
    assert {cell.text for cell in before.values()} == {"Not asked yet"}
    body = {CONFIRMED: True, SCORE: "3 items", REASON: "too FAR away!", WHY: "It was <b>fine</b>, none better"}
    sandbox.faults.add("null", path="/call/analysis", body=body)
    ask_about(operator, ended, question_set)
    asking_worker()
    with django_assert_num_queries(2):
        cells = answers.cells([ended], questions)[ended.pk]
    assert [cells[each.pk].text for each in questions] == ["Yes", "3 items", "Too far away", body[WHY]]
    assert all(cell.known for cell in cells.values())
    fits = {
        CONFIRMED: (["yes", "Yes", "=Yes", "any", ""], ["no", "none", "maybe"]),
        SCORE: (
            ["3", "1..5", "3..<4", "3..", "..3", ">=3", "< 4", "items", "any"],
            ["4", "4..5", ">3", "<3", "1..<3", "none"],
        ),
        REASON: (["Too far away", "=Too far away"], ["No time", "Too far"]),
        WHY: (["FINE", "none better", "any"], ["none", "=fine", "terrible"]),
    }
    for words, (yes, no) in fits.items():
        for value in yes:
            assert ended in answers.narrow(calls, question(words).pk, value), (words, value)
        for value in no:
            assert ended not in answers.narrow(calls, str(question(words).pk), value), (words, value)
    assert not answers.narrow(calls, "not a uuid", "yes").exists()
    shown = operator.get(
        f"/w/oak-care/projects/{ended.project_id}/calls/", {"days": "any", f"a_{question(SCORE).pk}": "3..5"}
    )
    assert shown.status_code == 200 and str(ended.pk) in text(shown)


def test_a_dead_worker_lost_the_answer(operator, question_set, ended, sandbox):
    ask_about(operator, ended, question_set)
    sandbox.tick(1)
    analysis = sending._next_due()
    assert sending._claim(analysis, "a worker that dies") and sending.expire() == 0
    assert asking_worker() == 0
    sandbox.tick(121)
    assert sending.expire() == 1 and asking_worker() == 0 and sandbox.asked == []
    page = text(page_of(operator, ended))
    assert "The background process stopped while it was asking" in page and "Ask again" in page
    found = [each for each in registry.decisions(ended.workspace) if "were lost" in each.title]
    assert len(found) == 1 and "After the visit" in found[0].words and "1 call" in found[0].title
    assert "Answer lost" in text(operator.get(found[0].url))


def test_a_frozen_worker_sends_nothing_that_was_given_up(operator, question_set, ended, sandbox):
    ask_about(operator, ended, question_set)
    claim = sending._claim(sending._next_due(), "frozen")
    sandbox.tick(91)
    from dashboard.accounts.upstream import Upstream
    from dashboard.talkstack import Unavailable

    with pytest.raises(Unavailable) as caught:
        sending._ask(claim, Upstream(ended.workspace).client())
    assert not caught.value.sent and sandbox.asked == []
    settling.failed(claim, caught.value)
    assert state_of(ended) == "waiting" and Analysis.objects.get().not_before > claim.at + timedelta(seconds=91)
