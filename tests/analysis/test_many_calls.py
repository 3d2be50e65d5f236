"""Asking about many calls: how many first, then a progress page that can be left, stopped and come back to; charts at the end."""

import html
import re
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.activity.models import Entry
from dashboard.analysis import duties, eligible, figures
from dashboard.calls import answers, ledger
from dashboard.calls.filters import Filters
from dashboard.calls.models import Analysis, Answer, Asking, Call, Question
from tests.analysis.conftest import CONFIRMED, REASON, SCORE, WHY, asking_worker, base, past_calls, question
from tests.conftest import text


@pytest.fixture
def past(workspace: Any, sandbox: Any, project_id: str) -> list[Call]:
    """Twelve calls of the past."""
    return past_calls(workspace, project_id, 12)


def form_of(page: Any) -> dict[str, str]:
    return dict(
        re.findall(r'<input type="hidden" name="(request_key|set|shown|again_lost)" value="([^"]*)"', text(page))
    )


def ask_all(client: Any, project_id: str, query: str = "?days=any", **more: str) -> Any:
    url = f"{base(project_id)}ask/{query}"
    return client.post(url, form_of(client.get(url)) | more)


@pytest.fixture
def asked(operator: Any, project_id: str, question_set: Any, past: Any) -> Asking:
    """All of them are to be asked about."""
    answer = ask_all(operator, project_id)
    assert answer.status_code == 303, text(answer)
    return Asking.objects.get()


def address(asking: Asking, more: str = "") -> str:
    return f"{base(asking.project_id)}askings/{asking.pk}/{more}"


def test_an_operator_asks_about_the_calls_of_a_list(operator, viewer, project_id, question_set, past, sandbox):
    answered = [call for call in past if call.state == "completed"]
    silent = sum(call.state in eligible.SILENT for call in past)
    page = text(operator.get(f"{base(project_id)}ask/?days=any"))
    assert silent and f'Nobody talked</dt><dd><span class="num">{silent}<' in page
    assert re.search(r'href="[^"]*days=any&amp;state=completed&amp;set=[^"]*">Only answered calls', page)
    page = operator.get(f"{base(project_id)}ask/?days=any&state=completed")
    assert "Nobody talked" not in text(page)
    assert f"Ask about {len(answered)} call" in text(page) and "Any time, Answered" in text(page)
    assert "may cost money" in text(page) and "takes time" in text(page)
    made = ask_all(operator, project_id, "?days=any&state=completed")
    again = operator.post(f"{base(project_id)}ask/?days=any&state=completed", form_of(page))
    assert made.status_code == 303 and again.status_code == 422 and Asking.objects.count() == 1
    asking = Asking.objects.get()
    assert (asking.total, asking.skipped, asking.user_email) == (len(answered), 0, "operator@oakcare.example")
    assert f"<b>0 of {len(answered)}</b> done" in text(viewer.get(made["Location"])) and sandbox.asked == []
    assert [wait.count for wait in duties.waiting(asking.workspace)] == [len(answered)]
    asking_worker()
    assert sorted(each.sid for each in sandbox.asked) == sorted(call.sid for call in answered)
    page = text(viewer.get(made["Location"]))
    assert "<b>Done.</b>" in page and "Answered" in page and list(duties.waiting(asking.workspace)) == []
    entry = Entry.objects.get(verb="questions.ask")
    assert entry.after["calls"] == len(answered) and entry.after["filters"] == ["Any time", "Answered"]
    assert "None of these calls can be asked" not in page
    rest = operator.get(f"{base(project_id)}ask/?days=any")
    assert f"Ask about {len(past) - len(answered)} call" in text(rest)


def test_the_same_form_twice_is_one_asking(operator, project_id, question_set, past, sandbox):
    url = f"{base(project_id)}ask/?days=any"
    fields = form_of(operator.get(url))
    answers = [operator.post(url, fields) for _ in range(3)]
    assert {each.status_code for each in answers} == {303} and len({each["Location"] for each in answers}) == 1
    asking_worker()
    operator.post(url, fields)
    assert asking_worker() == 0 and len(sandbox.asked) == len(past) and Asking.objects.count() == 1


def test_what_is_not_complete_is_explained(operator, admin, project_id, question_set, past):
    url = f"{base(project_id)}ask/?days=any"
    fields = form_of(operator.get(url))
    for wrong, words in (
        ({"set": "x"}, "Choose the questions first."),
        ({"request_key": ""}, "press the button once more"),
    ):
        answer = operator.post(url, fields | wrong)
        assert answer.status_code == 422 and words in text(answer) and Asking.objects.count() == 0
    answer = operator.post(url, fields | {"shown": "3"})
    assert answer.status_code == 422 and "Meanwhile it would be 12 calls." in text(answer)
    answer = operator.post(f"{base(project_id)}ask/?days=any&q=nobody-at-all", fields)
    assert answer.status_code == 422 and Asking.objects.count() == 0
    assert "no call fits these filters" in text(operator.get(f"{base(project_id)}ask/?days=any&q=nobody-at-all"))


def test_many_have_to_be_typed(operator, project_id, question_set, past):
    template = past[0]
    Call.objects.bulk_create(
        Call(
            workspace=template.workspace,
            project_id=project_id,
            number="+12065550121",
            at=template.at,
            state="completed",
            sid=f"CA{n}",
        )
        for n in range(eligible.TYPE_FROM)
    )
    total = eligible.TYPE_FROM + len(past)
    url = f"{base(project_id)}ask/?days=any"
    page = operator.get(url)
    assert "Type the number of calls to confirm" in text(page)
    for typed in ("", "12", "x", str(total + 1)):
        answer = operator.post(url, form_of(page) | {"confirm_count": typed})
        assert (
            answer.status_code == 422
            and f"Type {total} to confirm" in text(answer)
            and f'value="{typed}"' in text(answer)
            and "autofocus" in text(answer)
        )
    assert ask_all(operator, project_id, confirm_count=f" {total} ").status_code == 303
    assert Analysis.objects.count() == total
    more = re.search(r"\?after=(\d+)", text(operator.get(address(Asking.objects.get()))))
    assert more and "From the beginning" in text(operator.get(address(Asking.objects.get()), {"after": more[1]}))


def test_left_alone_stopped_and_asked_again(operator, viewer, asked, past, sandbox):
    from dashboard.analysis import sending

    for _ in range(3):
        sending.ask_next("test worker")
    claim = sending._claim(sending._next_due(), "somebody else")
    assert viewer.post(address(asked, "stop/")).status_code == 403
    assert operator.post(address(asked, "stop/")).status_code == 303
    assert asking_worker() == 0 and len(sandbox.asked) == 3
    page = text(operator.get(address(asked)))
    assert "Stopped; what is being asked now is finished." in page and re.search(r"<b>8</b><span>Stopped", page)
    from dashboard.analysis import settling
    from dashboard.talkstack import Unavailable

    settling.failed(claim, Unavailable(sent=False))  # it would go back to waiting, but for the stop
    page = text(operator.get(address(asked)))
    assert re.search(r'<progress[^>]* value="3"', page), "what was not asked is not done"
    assert "<b>Stopped.</b>" in page and re.search(r"<b>9</b><span>Stopped", page)
    asked.refresh_from_db()
    assert asked.finished_at and Entry.objects.get(verb="questions.stop").after == {"not_asked": 8}
    assert "nothing to stop" in text(operator.get(operator.post(address(asked, "stop/"))["Location"]))
    assert ask_all(operator, asked.project_id).status_code == 303
    asking_worker()
    assert len(sandbox.asked) == 12 and Answer.objects.filter(question=question(WHY)).count() == 12
    assert "no longer part of this" in text(operator.get(address(asked)))


def again_of(page: Any, state: str) -> dict[str, str]:
    """The fields of the form that asks again about what is in this state."""
    form = re.search(rf'<form[^>]* id="again-{state}".*?</form>', text(page), re.DOTALL)
    assert form, f"nothing can be asked again of what is {state}"
    return dict(re.findall(r'<input type="hidden" name="(request_key|state|shown)" value="([^"]*)"', form[0]))


def test_what_was_lost_or_failed_is_asked_again_by_a_person_alone(
    operator, viewer, asked, past, sandbox, django_assert_max_num_queries
):
    for kind, times in (("500", 2), ("400", 1)):
        for _ in range(times):  # a loss makes the others wait
            sandbox.faults.add(kind, path="/call/analysis", times=1)
            asking_worker()
            sandbox.tick(1000)
    asking_worker()
    lost = set(asked.analyses.filter(state="lost").values_list("call__sid", flat=True))
    assert len(lost) == 2 and asked.analyses.filter(state="failed").count() == 1 and len(sandbox.asked) == 9
    operator.get(address(asked))
    with django_assert_max_num_queries(8):
        page = operator.get(address(asked))
    assert "may be charged a second time" in text(page) and "Ask again about 2 calls" in text(page)
    assert "Ask again about 1 call<" in text(page)
    assert "Ask again about" not in text(viewer.get(address(asked)))
    fields = again_of(page, "lost")
    for wrong in ({"request_key": ""}, {"shown": "1"}, {"shown": "x"}):
        answer = operator.post(address(asked, "again/"), fields | wrong)
        assert answer.status_code == 422 and re.search("Nothing was asked yet|nothing was sent", text(answer))
    assert operator.post(address(asked, "again/"), fields | {"state": "answered"}).status_code == 303
    assert Asking.objects.count() == 1, "what was answered is never asked again"
    first, second = (operator.post(address(asked, "again/"), fields) for _ in range(2))
    newer = Asking.objects.exclude(pk=asked.pk).get()
    assert first["Location"] == second["Location"] == address(newer) and newer.total == 2
    entry = Entry.objects.get(verb="questions.ask_again")
    assert entry.after == {"set": asked.question_set.name, "calls": 2, "because": "Answer lost"}
    late = operator.post(address(asked, "again/"), fields | {"request_key": "another tab"})
    assert "Nothing was asked" in text(operator.get(late["Location"])) and Asking.objects.count() == 2
    asking_worker()
    assert set(newer.analyses.filter(state="answered").values_list("call__sid", flat=True)) == lost
    assert len(sandbox.asked) == 11 and 'id="again-lost"' not in text(operator.get(address(asked)))
    operator.post(address(asked, "again/"), again_of(operator.get(address(asked)), "failed"))
    asking_worker()
    assert Answer.objects.filter(question=question(WHY)).count() == len(sandbox.asked) == 12


def test_asking_again_about_many_has_to_be_typed_and_a_retired_set_is_not_asked(operator, admin, asked, past):
    one, total = past[0], eligible.TYPE_FROM + 1
    Call.objects.bulk_create(
        Call(workspace=one.workspace, project_id=one.project_id, number="+12065550121", at=one.at, state="completed", sid=f"CB{n}")
        for n in range(total)
    )  # fmt: skip
    asked.analyses.all().delete()
    same = {"workspace": one.workspace, "question_set": asked.question_set, "asking": asked, "state": "lost"}
    Analysis.objects.bulk_create(Analysis(call=call, **same) for call in Call.objects.filter(sid__startswith="CB"))
    fields = again_of(operator.get(address(asked)), "lost")
    answer = operator.post(address(asked, "again/"), fields | {"confirm_count": "12"})
    assert answer.status_code == 422 and f"Type {total} to confirm" in text(answer) and 'value="12"' in text(answer)
    admin.post(f"{base(asked.project_id)}{asked.question_set_id}/retire/")
    assert 'id="again-lost"' not in text(operator.get(address(asked)))
    operator.post(address(asked, "again/"), fields | {"confirm_count": str(total)})
    assert Asking.objects.count() == 1
    admin.post(f"{base(asked.project_id)}{asked.question_set_id}/retire/", {"restore": "1"})
    operator.post(address(asked, "again/"), fields | {"confirm_count": str(total)})
    assert Asking.objects.exclude(pk=asked.pk).get().total == total


def test_polling_the_progress(operator, asked, django_assert_max_num_queries):
    htmx = {"HX-Request": "true", "HX-Target": "asking-live"}
    with django_assert_max_num_queries(11):  # with the three of a session that moved
        page = operator.get(address(asked))
    seen = page.context["progress"].seen
    assert operator.get(address(asked, "status/"), {"seen": seen}, headers=htmx).status_code == 204
    from dashboard.analysis import sending

    sending.ask_next("test worker")
    changed = operator.get(address(asked, "status/"), {"seen": seen}, headers=htmx)
    assert changed.status_code == 200 and "<html" not in text(changed) and "1 of 12" in text(changed)
    asking_worker()
    assert operator.get(address(asked, "status/"), {"seen": seen}, headers=htmx).status_code == 286
    assert "No call is in this state now." in text(operator.get(address(asked), {"state": "failed"}))


def test_an_outage_pauses_all_and_a_row_of_losses_slows_down(operator, asked, sandbox):
    rule = sandbox.faults.add("down", path="/call/analysis", times=0)
    asking_worker()
    page = text(operator.get(address(asked)))
    assert rule.hits == 1 and "Paused." in page and "Talkstack cannot be reached" in page and "Next try at" in page
    sandbox.faults.clear()
    sandbox.tick(61)
    rule = sandbox.faults.add("500", path="/call/analysis", times=0)
    asking_worker()
    assert rule.hits == 1 and Analysis.objects.filter(state="lost").count() == 1
    for _ in range(10):
        sandbox.tick(60)
        asking_worker()
    assert rule.hits <= 5  # not one a second: what is lost may have been paid for
    sandbox.faults.clear()
    sandbox.tick(1000)
    asking_worker()
    lost = rule.hits
    assert Analysis.objects.filter(state="answered").count() == 12 - lost and len(sandbox.asked) == 12 - lost
    page = operator.get(f"{base(asked.project_id)}ask/?days=any")
    assert "Also ask again where the answer was lost" in text(page) and "Nothing to ask" not in text(page)
    assert operator.post(f"{base(asked.project_id)}ask/?days=any", form_of(page)).status_code == 422
    page = operator.get(f"{base(asked.project_id)}ask/?days=any&again_lost=1&set={asked.question_set_id}")
    assert f"Ask about {lost} call" in text(page) and "may be charged twice" in text(page)
    assert operator.post(f"{base(asked.project_id)}ask/?days=any", form_of(page)).status_code == 303
    asking_worker()
    assert Analysis.objects.filter(state="answered").count() == 12


def test_charts_lead_to_the_calls(viewer, operator, asked, sandbox, django_assert_max_num_queries):
    asking_worker()
    with django_assert_max_num_queries(11):
        page = viewer.get(f"{base(asked.project_id)}{asked.question_set_id}/?days=any")
    shown = text(page)
    assert "12 calls" in shown and shown.count('<svg class="bars"') == 3 and shown.count("As a table") == 3
    counted = re.findall(r'<a href="([^"]+)" aria-label="[^"]+: (\d+)"', shown)
    for link, n in counted:
        url = html.unescape(link)
        filters = Filters.of(QueryDict(url.partition("?")[2]), asked.project_id)
        assert filters.apply(ledger.of_workspace(asked.workspace, asked.project_id)).count() == int(n), link
        assert viewer.get(url).status_code == 200 and filters.period.days == "any"
    assert sum(int(n) for _, n in counted) == 36
    few = text(viewer.get(f"{base(asked.project_id)}{asked.question_set_id}/?days=any&state=busy"))
    assert "Only calls with: Any time, Busy." in few and "12 calls" not in few
    assert CONFIRMED in shown and REASON in shown and SCORE in shown and "number not given" not in shown


NUMBERS = [
    ([(3.0, 2), (4.0, 1)], [("3", "3", 2), ("4", "4", 1)]),
    ([(1.5, 1), (None, 2)], [("1.5", "1.5", 1), ("Not a number", "not a number", 2)]),
    (
        [(float(n), 1) for n in range(0, 40, 2)],
        [(f"{n} to {n + 4}", f"{n}..<{n + 5}", 3 if n % 2 == 0 else 2) for n in range(0, 40, 5)],
    ),
]


@pytest.mark.parametrize(("values", "bars"), NUMBERS)
def test_bars_of_numbers(values, bars):
    assert figures._number_bars([(str(number), number, n) for number, n in values]) == bars


def test_bars_of_words():
    choice = Question(text="Why?", type="Selector", options=["none", "Too dear"])
    rows = [("Too dear", None, 3), ("none", None, 1), ("It rained", None, 2)]
    expected = [("none", "=none", 1), ("Too dear", "Too dear", 3), ("In other words", "in other words", 2)]
    assert figures._word_bars(choice, rows) == expected


def linked(client: Any, found: str) -> int:
    """How many calls the list says that a link leads to."""
    return int(client.get(html.unescape(found)).context["count"])


def test_every_number_of_the_charts_leads_to_the_calls_it_counts(operator, asked, past, sandbox):
    told = [
        {CONFIRMED: "perhaps", SCORE: "a lot", REASON: "It rained", WHY: "x"},
        {CONFIRMED: "hardly", SCORE: "so so", REASON: "It snowed", WHY: ""},
        {CONFIRMED: "yes", SCORE: 4, REASON: "No time", WHY: "y"},
    ]
    for body in told:
        sandbox.faults.add("text", path="/call/analysis", body=body)
    sandbox.faults.add("500", path="/call/analysis")
    sandbox.faults.add("400", path="/call/analysis", message="makes no sense", times=0)
    asking_worker()
    page = text(operator.get(f"{base(asked.project_id)}{asked.question_set_id}/?days=any"))
    first = re.search(r'answered about <a href="([^"]+)">3 calls', page)
    assert first and linked(operator, first[1]) == 3
    of_all = re.findall(r'answered of <a href="([^"]+)">3 calls', page)
    assert len(of_all) == 4 and {linked(operator, url) for url in of_all} == {3}
    bars = re.findall(r'<a href="([^"]+)" aria-label="((?:In other words|Not a number)[^"]*)"', page)
    assert sorted(label for _, label in bars) == ["In other words: 2", "In other words: 2", "Not a number: 2"]
    assert {linked(operator, url) for url, _ in bars} == {2}


def test_why_there_is_no_answer_can_be_filtered_by(operator, asked, past, sandbox, project_id):
    calls = Call.objects.filter(workspace=asked.workspace)
    rows = list(Analysis.objects.order_by("pk"))
    states = ["answered", "lost", "failed", "not_ready", "stopped", "waiting", "sending", "answered"]
    for row, state in zip(rows, states, strict=False):
        Analysis.objects.filter(pk=row.pk).update(state=state)
    Analysis.objects.filter(pk__in=[row.pk for row in rows[len(states) :]]).delete()
    Analysis.objects.filter(pk=rows[7].pk).update(words=answers.GONE)
    why = question(WHY)
    Answer.objects.create(workspace=asked.workspace, call=rows[0].call, question=why, at=rows[0].call.at)
    shown = {pk: cells[why.pk].text for pk, cells in answers.cells(past, [why]).items()}
    for word, labels in {
        "no answer given": ("No answer given",),
        "Not asked yet": ("Not asked yet",),
        "lost or failed": ("Answer lost", "Failed"),
        "waiting or not ready": ("Waiting", "Being asked", "Not ready"),
    }.items():
        found = {call.pk for call in answers.narrow(calls, why, word)}
        assert found == {pk for pk, label in shown.items() if label in labels} and found, word
    assert answers.narrow(calls, why, "none").count() == len(past) and not answers.narrow(calls, why, "any").exists()
    page = text(operator.get(f"/w/oak-care/projects/{project_id}/calls/?days=any&a_{why.pk}=lost or failed"))
    assert "2 calls" in page and f"{WHY}: lost or failed" in page and '<option value="not asked yet">' in page
    old = text(operator.get(f"/w/oak-care/projects/{project_id}/calls/?days=any&a_{question(CONFIRMED).pk}=Yes"))
    assert '<option value="yes" selected>' in old, "the address of a bar is what its form stands at"
    odd = f"/w/oak-care/projects/{project_id}/calls/?days=any&a_{question(REASON).pk}==It rained"
    assert '<option value="=It rained" selected>' in text(operator.get(odd))
