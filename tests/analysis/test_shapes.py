"""Answers of any shape: whatever Talkstack sends is kept and shown as text, and no page breaks on it."""

import json
from typing import Any

import pytest

from dashboard.calls.models import Analysis, Answer
from dashboard.sandbox.hostile import PAYLOADS
from tests.analysis.conftest import CONFIRMED, REASON, SCORE, WHY, ask_about, asking_worker
from tests.conftest import text
from tests.test_hostile import inert

DEEP: Any = "bottom"
for _ in range(40):
    DEEP = {"in": [DEEP]}
MANY = {f"key {n} <b>": n for n in range(10_000)}
NASTY = {payload: payload for payload in PAYLOADS}
SHAPES: dict[str, Any] = {
    "nothing": None,
    "text": "All fine.",
    "number": 4,
    "true": True,
    "empty list": [],
    "list of nothing": [None, {}, [], ""],
    "numbers as text": {SCORE: "1e309", CONFIRMED: "1", REASON: "0", WHY: "-0"},
    "numbers": {SCORE: 10**17, CONFIRMED: 0, REASON: -1.5, WHY: 1e-300},
    "words for none": {SCORE: None, CONFIRMED: None, REASON: None, WHY: None, "summary": None},
    "objects as answers": {SCORE: {"value": {"value": 4}}, CONFIRMED: {"a": [1, {"b": None}]}, REASON: [[["No time"]]], WHY: DEEP},
    "ten thousand": {**MANY, WHY: "x"},
    "ten thousand in a list": {"data": [{"question": key, "answer": value} for key, value in MANY.items()]},
    "all hostile": {**NASTY, WHY: PAYLOADS, SCORE: PAYLOADS[0], REASON: NASTY, "summary": PAYLOADS[1], "sentiment": PAYLOADS[2]},
    "twice": [{"question": WHY, "answer": "one"}, {"question": WHY.upper(), "answer": "two"}, {"question": "", "answer": "three"}],
    "long": {WHY: "w" * 1_000_000, "k" * 100_000: "v", "summary": "s" * 300_000},
    "deep": {"a": DEEP, WHY: "x"},
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_whatever_comes_is_kept_and_shown(operator, sandbox, workspace, question_set, ended, name):
    sandbox.faults.add("text", path="/call/analysis", times=0, body=SHAPES[name])
    ask_about(operator, ended, question_set)
    asking_worker()
    row = Analysis.objects.get(call=ended)
    assert row.state in ("answered", "not_ready", "lost", "failed") and (row.state == "answered" or row.words)
    project, detail = f"/w/oak-care/projects/{ended.project_id}", f"/questions/{question_set.pk}/"
    columns = ",".join(f"a_{each.pk}" for each in question_set.questions.all())
    pages = [f"/calls/{ended.pk}/", f"/calls/{ended.pk}/analysis/", detail, f"/questions/askings/{row.asking_id}/"]
    pages += [f"/calls/?days=any&columns={columns}", f"/calls/?days=any&q={WHY}"]
    for page in pages:
        answer = operator.get(project + page)
        assert answer.status_code == 200, page
        assert len(answer.content) < 3_000_000, page
        inert(answer, f"{name}: {page}")
    for kind in ("csv", "jsonl"):
        told = b"".join(operator.get(f"{project}/calls/export/?days=any&format={kind}").streaming_content).decode()
        assert "not complete" not in told
        [json.loads(line) for line in told.splitlines() if kind == "jsonl"]


def test_nothing_that_was_said_is_lost(operator, sandbox, question_set, ended):
    said = {
        WHY: "One long tale",
        "mood": {"now": "calm", "before": ["cross", 3]},
        "next_step": "Ring <b>again</b>",
        "count": 0,
    }
    sandbox.faults.add("text", path="/call/analysis", times=0, body=said)
    ask_about(operator, ended, question_set)
    asking_worker()
    page = text(operator.get(f"/w/oak-care/projects/{ended.project_id}/calls/{ended.pk}/"))
    for words in ("One long tale", "calm", "cross, 3", "Ring &lt;b&gt;again&lt;/b&gt;", "Next step", "Count"):
        assert words in page, words
    assert Answer.objects.get(value="One long tale").question.text == WHY


BESIDE: dict[str, tuple[Any, list[str]]] = {
    "beside the envelope": (
        {"message": "ok", "analysis": [{"question": WHY, "answer": "A tale"}], "tags": ["angry", "long"], "summary": "In short"},
        ["A tale", "Tags", "angry, long", "In short"],
    ),
    "beside an answer": (
        {"answers": {WHY: {"value": "A tale", "how_sure": 0.4}, SCORE: {"stars": 4}}},
        ["A tale", "how sure", "0.4", "stars"],
    ),
    "beside an answer of a list": ([{"question": WHY, "answer": "A tale", "heard_at": 31}], ["A tale", "heard at", "31"]),
    "more or fewer than were asked": (["No", "A tale"], ["Answers without their questions", "No, A tale", "No answer given"]),
    "one text for all": ('"They said: <b>no</b>"', ["Answers without their questions", "They said: &lt;b&gt;no&lt;/b&gt;"]),
    "lists and objects as answers": (
        {WHY: ["late", ["rude", {"how": "very"}]], REASON: ["No time", "Too dear"]},
        ["late, rude, how: very", "No time, Too dear"],
    ),
    "far too long": ({WHY: "word " * 9_000}, ["The whole answer", "Only its first 20,000 characters are kept"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_answers_is_shown_too(operator, sandbox, question_set, ended, name):
    said, shown = BESIDE[name]
    sandbox.faults.add("text", path="/call/analysis", times=0, body=said)
    ask_about(operator, ended, question_set)
    asking_worker()
    page = text(operator.get(f"/w/oak-care/projects/{ended.project_id}/calls/{ended.pk}/"))
    assert not [words for words in shown if words not in page]


VERDICT = {"result": {"verdict": "excellent", "score": 87}}
OF_ITSELF: list[Any] = [{"data": {"status": "pending", "sid": "CA1"}}, {"result": {"tags": [], "more": {"a": None}}}]


def test_what_is_said_by_other_names_alone_is_an_answer_and_stays(operator, sandbox, question_set, ended):
    """No question is asked twice by itself because the answer came by names that nobody asked for."""
    sandbox.faults.add("text", path="/call/analysis", body=VERDICT)
    page = f"/w/oak-care/projects/{ended.project_id}/calls/{ended.pk}/"
    ask_about(operator, ended, question_set)
    asking_worker()
    first = text(operator.get(page))
    assert Analysis.objects.get(call=ended).state == "answered" and first.count("No answer given") == 4
    assert "Verdict" in first and "excellent" in first and "asked again by itself at" not in first
    sandbox.tick(3600)
    assert asking_worker() == 0
    sandbox.faults.add("text", path="/call/analysis", body={"verdict": "good", WHY: "A tale", "summary": "In short"})
    ask_about(operator, ended, question_set)  # a person wants the ones without an answer
    asking_worker()
    sandbox.faults.add("shape", path="/call/analysis", shape="none")
    ask_about(operator, ended, question_set)
    asking_worker()
    row, last = Analysis.objects.get(call=ended), text(operator.get(page))
    assert row.state == "not_ready" and row.extra == {"verdict": "good", "verdict, earlier": "excellent", "score": 87}
    assert all(words in last for words in ("good", "excellent", "87", "A tale", "In short"))


@pytest.mark.parametrize("said", OF_ITSELF)
def test_an_envelope_that_speaks_of_itself_alone_is_not_ready(operator, sandbox, question_set, ended, said):
    sandbox.faults.add("text", path="/call/analysis", body=said)
    ask_about(operator, ended, question_set)
    asking_worker()
    assert Analysis.objects.get(call=ended).state == "not_ready"
    sandbox.tick(61)
    asking_worker()
    row = Analysis.objects.get(call=ended)
    assert row.state == "answered" and row.extra.get("status") != "pending" and "more" not in row.extra
