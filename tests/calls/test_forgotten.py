"""Old calls go and forgotten numbers stay forgotten: nothing that may ring goes, and no history brings anything back."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.accounts.models import Session, User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.activity import record
from dashboard.activity.models import Entry
from dashboard.calls import dialing, duties, follow, forgetting, guards, keeping, ledger, reconcile
from dashboard.calls.models import (
    Answer,
    Attempt,
    Call,
    CallText,
    Forgotten,
    Moved,
    Observation,
    Question,
    QuestionSet,
    Source,
)
from dashboard.talkstack import CallData
from dashboard.web import registry
from tests.at_once import at_once
from tests.calls.conftest import call_of, fill, form_of, send, start, work
from tests.conftest import OWNER_EMAIL, sign_in, text
from tests.histories import read_one

NUMBER, OTHER = "+12065550137", "+12065550138"


@pytest.fixture
def elsewhere(stranger: Any) -> Workspace:
    """The stranger's workspace."""
    return Workspace.objects.get(slug="elsewhere")


def traces(number: str = NUMBER) -> list[str]:
    """Where any table names the number, however it is written: every column of every row, and what sessions hold."""
    loose = re.compile(r"\D{0,6}".join(number[2:]))
    found = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed:
            continue  # the index over the words of calls, without any text of its own
        for row in model._base_manager.values():
            row = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
            found += [f"{model._meta.label}.{name}: {value}" for name, value in row.items() if loose.search(str(value))]
    return found + [
        f"session: {each.get_decoded()}" for each in Session.objects.all() if loose.search(str(each.get_decoded()))
    ]


def owner_of(workspace: Workspace) -> User:
    return User.objects.get(memberships__workspace=workspace, memberships__role="owner")


def forget(workspace: Workspace, number: str = NUMBER) -> forgetting.Found:
    return forgetting.forget(workspace, owner_of(workspace), number, forgetting.look(workspace, number).digest)


def made(workspace: Workspace, number: str = NUMBER, days: float = 0, **more: Any) -> Call:
    """A call that ended, so many days ago."""
    at = timezone.now() - timedelta(days=days)
    facts = {"state": "completed", "final_at": at, "started_at": at, "attempt": "placed", "project_id": "p1"} | more
    return Call.objects.create(workspace=workspace, number=number, at=at, **facts)


def told(number: str = NUMBER, days: float = 0, **more: Any) -> CallData:
    """A call of Talkstack's history that ended, begun so many days ago."""
    at = timezone.now() - timedelta(days=days)
    raw = {
        "sid": f"CA{Call.objects.count()}{days}{number}",
        "to": number,
        "from": "+12065550101",
        "status": "completed",
    }
    return CallData.parse(raw | {"startTime": at.isoformat(), "direction": "outbound-api"} | more)


def kept(workspace: Workspace, **days: int | None) -> Workspace:
    Workspace.objects.filter(pk=workspace.pk).update(**days)
    workspace.refresh_from_db()
    return workspace


def mirror(workspace: Workspace, agent: Any) -> int:
    return read_one(workspace, agent.project_id, "Northgate Clinics")


# --- Retention ----------------------------------------------------------------------------------------------------------
def test_the_duty_is_the_workers():
    assert {"let old calls go", "let old entries go"} <= {duty.name for duty in registry.duties()}
    assert duties.keeping.let_go is keeping.let_go


def test_only_ended_calls_of_that_age_go(workspace, elsewhere):
    old = {state: made(workspace, days=91, attempt=state, state="", final_at=None) for state in Attempt.values}
    ended = made(workspace, days=91)
    silent = made(workspace, days=91, state="in-progress", final_at=None)
    waiting = made(workspace, days=91, state="in-progress", final_at=None, next_read_at=timezone.now())
    young, theirs = made(workspace, days=89), made(elsewhere, days=900)
    late = made(workspace, days=91, started_at=timezone.now() - timedelta(days=89))
    assert not keeping.let_go() and Call.objects.filter(pk=ended.pk).exists(), "for ever is the default"
    kept(workspace, keep_calls_days=90)
    assert not keeping.let_go()
    left = set(Call.objects.values_list("pk", flat=True))
    stay = {old[state].pk for state in ("reserved", "sending", "unknown")}
    stay |= {waiting.pk, young.pk, theirs.pk, late.pk}
    gone = {old[state].pk for state in ("placed", "refused", "not_sent", "not_called", "cancelled")} | {
        ended.pk,
        silent.pk,
    }
    assert stay <= left and not gone & left


def test_what_hangs_on_a_call_goes_with_it_and_calls_made_again_stay(workspace, operator, sandbox, agent):
    call = call_of(start(operator, agent, NUMBER))
    work(sandbox, 120, step=60)
    Moved.objects.create(old_id="00000000-0000-4000-8000-000000000001", workspace=workspace, call=call)
    again = made(workspace, again_of=call)
    sandbox.tick(31 * 86400)
    Call.objects.filter(pk=again.pk).update(at=timezone.now(), started_at=None)
    kept(workspace, keep_calls_days=30)
    keeping.let_go()
    again.refresh_from_db()
    assert again.again_of is None
    assert not Call.objects.filter(pk=call.pk).exists() and not Moved.objects.exists()
    assert not Observation.objects.filter(call_id=call.pk).exists()
    entry = Entry.objects.get(verb="call.reserve")
    assert entry.thing_name == NUMBER and entry.after["variables"] == "no longer kept", (
        "the deed stays, its values do not"
    )
    page = text(sign_in("operator@oakcare.example").get("/w/oak-care/activity/"))
    assert str(call.pk) not in page, "a link would lead nowhere"
    assert "asked for a call to" in page and "no longer kept" in page


def test_variables_and_data_go_before_the_call(workspace, operator, sandbox, agent, viewer):
    call = call_of(start(operator, agent, NUMBER))
    work(sandbox, 180, step=60)
    call.refresh_from_db()
    assert call.variables and call.raw
    fresh = made(workspace, variables={"a": "b"})
    Call.objects.filter(pk=call.pk).update(at=timezone.now() - timedelta(days=8), started_at=None)
    kept(workspace, keep_variables_days=7)
    keeping.let_go()
    call.refresh_from_db()
    fresh.refresh_from_db()
    assert (call.variables, call.data, call.raw, call.next_read_at) == ({}, {}, {}, None)
    assert call.recordings and fresh.variables == {"a": "b"}
    entry = Entry.objects.get(verb="call.reserve")
    assert entry.after["variables"] == "no longer kept" and entry.after["number"] == NUMBER and entry.before is None
    page = text(viewer.get(f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/"))
    assert "No longer kept: variables and collected data go 7 days after a call." in page
    assert not follow.follow_open(), "opening it has nobody ask Talkstack for them again"
    assert Entry.objects.get(verb="keeping.variables").after == {"calls": 1}
    assert not keeping.let_go() and Entry.objects.filter(verb="keeping.variables").count() == 1


def test_what_has_still_to_be_read_keeps_its_variables(workspace):
    call = made(workspace, days=9, variables={"a": "b"}, next_read_at=timezone.now())
    kept(workspace, keep_variables_days=7)
    keeping.let_go()
    call.refresh_from_db()
    assert call.variables == {"a": "b"}


def test_batches_are_bounded_and_one_record_a_day_counts_on(workspace, django_assert_max_num_queries):
    at = timezone.now() - timedelta(days=400)
    calls = [
        Call(workspace=workspace, number=OTHER, at=at, state="busy", final_at=at, variables={"n": n})
        for n in range(620)
    ]
    Call.objects.bulk_create(calls)
    kept(workspace, keep_calls_days=365)
    with django_assert_max_num_queries(30):
        assert keeping.let_go() is True
    assert Call.objects.filter(number=OTHER).count() == 120
    assert keeping.let_go() is False
    entry = Entry.objects.get(verb="keeping.calls")
    assert (entry.after, entry.user, entry.user_email, entry.outcome.result) == ({"calls": 620}, None, "", "done")
    made(workspace, days=401)
    keeping.let_go()
    assert Entry.objects.get(verb="keeping.calls").after == {"calls": 621}


def test_a_history_brings_nothing_back_that_is_too_old(workspace):
    kept(workspace, keep_calls_days=30)
    old, young, undated = told(days=31), told(days=29), told(startTime=None, sid="CA-undated")
    ringing = replace(undated, id="CA-now", sid="CA-now", state="ringing")
    assert ledger.take_history(workspace, "p1", "P", [old, young, undated, ringing]) == 2
    assert set(Call.objects.exclude(sid=None).values_list("sid", flat=True)) == {young.id, "CA-now"}
    kept(workspace, keep_calls_days=None)
    assert ledger.take_history(workspace, "p1", "P", [old, young]) == 1


@pytest.mark.usefixtures("few_calls")
def test_a_call_let_go_of_stays_away(workspace, operator, sandbox, agent):
    call = call_of(start(operator, agent, NUMBER))
    work(sandbox, 120, step=60)
    mirror(workspace, agent)
    sandbox.tick(31 * 86400)
    kept(workspace, keep_calls_days=30)
    keeping.let_go()
    assert not Call.objects.filter(number=NUMBER).exists()
    sign_in(OWNER_EMAIL)  # the bearer has run out meanwhile
    mirror(workspace, agent)
    assert not Call.objects.filter(number=NUMBER).exists()
    assert sandbox.rings[0].number == NUMBER and len(sandbox.rings) == 1
    assert not Call.objects.filter(pk=call.pk).exists()


# --- Forgetting ---------------------------------------------------------------------------------------------------------
def test_everything_goes_in_one_step(workspace, operator, sandbox, agent):
    call = call_of(start(operator, agent, NUMBER))
    work(sandbox, 180, step=60)
    dialing.cancel(call_of(start(operator, agent, NUMBER)), owner_of(workspace))
    made(workspace, direction="inbound", attempt="")
    made(workspace, "(206) 555-0137", attempt="", sid="CA-home")
    other = made(
        workspace, OTHER, variables={"call back": "206-555-0137", "n": 12065550137}, data={NUMBER: ["+1 206 555 0137"]}
    )
    record.note(
        workspace=workspace, user=None, verb="activity.export", kind="export", thing_name="the activity",
        after={"filters": {"q": "+1 206 555 0137"}, "deep": [{"12065550137": NUMBER}]},
    )  # fmt: skip
    failed = record.ask(
        workspace=workspace, user=None, verb="number.assign", kind="page", thing_id=NUMBER, thing_name=NUMBER
    )
    record.outcome(failed, "refused", f"Talkstack said: “{NUMBER} is no line”", thing_id=NUMBER, thing_name=NUMBER)
    assert len(traces()) >= 19, "what is looked for below is found here"
    found = forget(workspace)
    assert (len(found.calls), len(found.named), found.line) == (4, 1, False)
    assert traces() == []
    assert not Call.objects.filter(pk=call.pk).exists() and Call.objects.filter(pk=other.pk).exists()
    other.refresh_from_db()
    assert other.variables == {"call back": "a forgotten number", "n": "a forgotten number"}
    reserved = Entry.objects.filter(verb="call.reserve").first()
    assert reserved.thing_name == "a forgotten number" and reserved.after["variables"] == "no longer kept"
    assert reserved.after["agent"] == agent.name and reserved.user_email == "operator@oakcare.example", (
        "who did it stays"
    )
    entry = Entry.objects.get(verb="number.forget")
    assert (entry.thing_name, entry.kind) == ("a number ending in 37", "call")
    assert entry.after == {"calls": 4, "entries": found.entries} and found.entries == 6
    assert Forgotten.objects.filter(digest=keeping.mark_of_number(workspace, NUMBER)).count() == 1


def test_what_no_search_would_find_is_forgotten_too(workspace):
    """However it is written, where the search does not look, beyond what it keeps, and without any words in it."""
    ways = [
        "206 5 55 01 37",
        "(206)5550137",
        "2.0.6.5.5.5.0.1.3.7",
        "1-206\u2011555\u20110137",
        "206\n555\t0137",
        "0206/5550137",
    ]
    texts = [*ways, "%2B12065550137", f"{'x ' * 15_000}{NUMBER}", 12065550137, [{"deep": [NUMBER]}], {NUMBER: True}]
    calls = [made(workspace, OTHER, **{name: {"a": said}}) for name in ("variables", "data", "raw") for said in texts]
    made(workspace, OTHER, variables={"a": "20655"}, data={"a": "50137"}, raw={"a": "2065550138"})
    CallText.objects.all().delete()
    found = forget(workspace)
    assert {call.pk for call in found.named} == {call.pk for call in calls} and found.calls == [] and traces() == []


def test_others_and_other_workspaces_keep_theirs(workspace, elsewhere):
    mine, theirs, near = made(workspace, OTHER), made(elsewhere), made(workspace, "+2065550137")
    record.note(workspace=elsewhere, user=None, verb="call.cancel", kind="call", thing_name=NUMBER)
    longer = record.note(workspace=workspace, user=None, verb="call.cancel", kind="call", thing_name=f"{NUMBER}1")
    forget(workspace)
    assert {mine.pk, theirs.pk, near.pk} <= set(Call.objects.values_list("pk", flat=True))
    assert Entry.objects.get(workspace=elsewhere, verb="call.cancel").thing_name == NUMBER
    longer.refresh_from_db()
    assert longer.thing_name == f"{NUMBER}1"


@pytest.mark.parametrize("attempt", ["reserved", "sending", "unknown", "placed", ""])
def test_a_call_that_is_not_over_keeps_everything(workspace, attempt):
    call = made(workspace, attempt=attempt, state="", final_at=None)
    with pytest.raises(forgetting.StillOpen) as stopped:
        forget(workspace)
    assert stopped.value.found.blocking == [call]
    assert Call.objects.filter(pk=call.pk).exists() and not Forgotten.objects.exists()
    assert not Entry.objects.filter(verb="number.forget").exists()


def test_so_does_another_open_call_whose_values_name_it(workspace):
    call = made(workspace, OTHER, attempt="reserved", state="", final_at=None, variables={"back": NUMBER})
    with pytest.raises(forgetting.StillOpen):
        forget(workspace)
    call.refresh_from_db()
    assert call.variables == {"back": NUMBER}, "what an agent is about to say is not changed"


def test_an_old_call_without_an_end_does_not(workspace):
    made(workspace, days=2, state="ringing", final_at=None)
    assert len(forget(workspace).calls) == 1


def test_what_moved_since_it_was_shown_is_not_forgotten(workspace):
    made(workspace)
    shown = forgetting.look(workspace, NUMBER).digest
    made(workspace)
    with pytest.raises(forgetting.Moved) as stopped:
        forgetting.forget(workspace, owner_of(workspace), NUMBER, shown)
    assert len(stopped.value.found.calls) == 2 and Call.objects.filter(number=NUMBER).count() == 2


def test_a_line_of_the_team_stays_a_line(workspace):
    out = made(workspace, OTHER, from_number=NUMBER, raw={"from": NUMBER})
    record.note(workspace=workspace, user=None, verb="number.assign", kind="number", thing_id=NUMBER, thing_name=NUMBER)
    asked = record.note(workspace=workspace, user=None, verb="call.cancel", kind="call", thing_name=NUMBER)
    made(workspace)
    found = forget(workspace)
    assert found.line and len(found.calls) == 1 and found.named == []
    out.refresh_from_db()
    asked.refresh_from_db()
    assert (out.from_number, out.raw) == (NUMBER, {"from": NUMBER}) and asked.thing_name == "a forgotten number"
    assert Entry.objects.get(verb="number.assign").thing_id == NUMBER


@pytest.mark.parametrize(
    "item",
    [
        {"to": "(206) 555-0137"},
        {"to": "+1 206 555 0137"},
        {"to": "12065550137"},
        {"to": "tel:+12065550137"},
        {"startTime": None},
        {"direction": "inbound", "from": NUMBER, "to": "+12065550101"},
        {"direction": "inbound", "from": "2065550137", "to": "+12065550101"},
    ],
)
def test_no_history_brings_it_back(workspace, item):
    forget(workspace)
    assert ledger.take_history(workspace, "p1", "P", [told(days=1, **item), told(OTHER, days=1)]) == 1
    assert [call.number for call in Call.objects.exclude(sid=None)] == [OTHER]
    assert traces() == []


def test_a_day_without_a_time_counts_as_a_day(workspace):
    forget(workspace)
    today = timezone.now().date()
    days = {n: told(sid=f"CA{n}", startTime=str(today + timedelta(days=n))) for n in (-1, 0, 1)}
    assert ledger.take_history(workspace, "p1", "P", list(days.values())) == 1
    assert Call.objects.filter(sid="CA1").exists()


def test_the_history_costs_one_question_more_however_long_it_is(workspace):
    forget(workspace)
    workspace.refresh_from_db()
    for many in (2, 60):
        items = [told(days=1, sid=f"CA{many}-{n}") for n in range(many)]
        with CaptureQueriesContext(connection) as asked:
            assert ledger.take_history(workspace, "p1", "P", items) == 0
        assert sum("calls_forgotten" in query["sql"] for query in asked) == 1
        assert len(asked) == 4  # known ids, calls under other ids, attempts without an answer, and this


def test_what_is_forgotten_while_a_history_is_read_is_not_mirrored(workspace):
    items = [told(days=1), told(OTHER, days=1)]
    assert keeping.unwanted(workspace, items) == set()
    assert ledger.take_history(workspace, "p1", "P", items) == 2
    Forgotten.objects.create(workspace=workspace, digest=keeping.mark_of_number(workspace, NUMBER), at=timezone.now())
    keeping.take_back(workspace, items)
    assert [call.number for call in Call.objects.exclude(sid=None)] == [OTHER]


@pytest.mark.usefixtures("few_calls")
def test_a_call_after_it_is_a_call_like_any_other(workspace, operator, sandbox, agent):
    call_of(start(operator, agent, NUMBER))
    work(sandbox, 180, step=60)
    forget(workspace)
    sandbox.tick(2)
    mirror(workspace, agent)
    assert not Call.objects.filter(number=NUMBER).exists()
    call = call_of(start(operator, agent, NUMBER))
    work(sandbox, 180, step=60)
    mirror(workspace, agent)
    call.refresh_from_db()
    assert call.state == "completed" and len(sandbox.rings) == 2
    assert Call.objects.filter(number=NUMBER).count() == 1
    sandbox.tick(60)
    Upstream(workspace).client().calls.make(NUMBER, agent.project_id, agent.id, {})
    sandbox.tick(120)
    mirror(workspace, agent)
    assert Call.objects.filter(number=NUMBER).count() == 2, "one placed elsewhere after it is taken in too"


@pytest.mark.usefixtures("few_calls")
def test_an_unknown_call_after_it_is_looked_for(workspace, operator, sandbox, agent):
    forget(workspace)
    sandbox.tick(10)
    sandbox.faults.add("lost", path="/call/makeCall", method="POST")
    call = call_of(start(operator, agent, NUMBER))
    send()
    mirror(workspace, agent)
    sandbox.tick(80)
    assert reconcile.look_for_unknown()
    call.refresh_from_db()
    assert call.attempt == Attempt.PLACED and Call.objects.filter(number=NUMBER).count() == 1


def test_forgetting_again_moves_the_day_on(workspace, sandbox):
    forget(workspace)
    first = Forgotten.objects.get().at
    sandbox.tick(60)
    made(workspace)
    forget(workspace)
    assert Forgotten.objects.get().at > first


def test_the_guards_know_that_it_was_forgotten_and_no_more(workspace, sandbox, settings):
    kept(workspace, keep_calls_days=None)
    live = Workspace(pk=workspace.pk, practice=False)
    made(workspace)
    now = timezone.now()
    assert "confirm_recent" in guards.questions(live, NUMBER, now)
    forget(workspace)
    asked = guards.questions(live, NUMBER, timezone.now())["confirm_recent"]
    assert "was forgotten a short time ago" in asked and "Called" not in asked
    assert "confirm_recent" not in guards.questions(live, "+12065550199", timezone.now())
    sandbox.tick(settings.COOLING_OFF_HOURS * 3600)
    assert "confirm_recent" not in guards.questions(live, NUMBER, timezone.now())


def test_the_form_of_a_forgotten_call_makes_no_second_one_unasked(workspace, operator, sandbox, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, NUMBER)
    address = f"/w/oak-care/projects/{agent.project_id}/calls/new/?agent={agent.id}"
    call_of(operator.post(address, fields))
    work(sandbox, 180, step=60)
    forget(workspace)
    answer = operator.post(address, fields)
    assert answer.status_code == 422 and "This form made a call before" in text(answer)
    assert not Call.objects.filter(number=NUMBER).exists()
    send()
    assert len(sandbox.rings) == 1
    call_of(operator.post(address, fields | {"confirm_again": "on"}))
    send()
    assert len(sandbox.rings) == 2, "a person said so"


def test_nor_does_the_form_of_a_call_that_was_let_go_of(workspace, operator, sandbox, agent):
    user, wish = owner_of(workspace), dialing.Wish(agent.project_id, "P", agent.id, agent.name, NUMBER, {})
    made(workspace, days=31, request_key="row 7")
    kept(workspace, keep_calls_days=30)
    keeping.let_go()
    with pytest.raises(dialing.MustConfirm):
        dialing.reserve(workspace, user, wish, request_key="row 7")
    assert dialing.reserve(workspace, user, wish, request_key="row 8").attempt == Attempt.RESERVED


def test_a_call_that_goes_while_talkstack_is_asked_breaks_nothing(workspace, operator, sandbox, agent):
    call = call_of(start(operator, agent, NUMBER))
    send()
    call.refresh_from_db()
    keeping.delete(workspace, [call.pk])
    with pytest.raises(Call.DoesNotExist):
        ledger.observe(call.pk, Source.HISTORY, told())
    assert ledger.take_history(workspace, agent.project_id, "P", [told(OTHER)]) == 1


# --- At once and at length ----------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_call_reserved_after_looking_keeps_everything(transactional_db, workspace, operator, sandbox, agent):
    made(workspace)
    shown = forgetting.look(workspace, NUMBER).digest
    call = call_of(start(operator, agent, NUMBER))
    with pytest.raises(forgetting.StillOpen) as stopped:
        forgetting.forget(workspace, owner_of(workspace), NUMBER, shown)
    assert stopped.value.found.blocking == [call] and Call.objects.filter(number=NUMBER).count() == 2
    send()
    assert len(sandbox.rings) == 1


@pytest.mark.django_db(transaction=True)
def test_reserving_and_forgetting_at_once_lose_no_reservation(transactional_db, workspace, operator, sandbox, agent):
    user = owner_of(workspace)
    wish = dialing.Wish(agent.project_id, "P", agent.id, agent.name, NUMBER, {})
    gate, results = threading.Barrier(12), []

    def one(n: int) -> None:
        gate.wait()
        try:
            if n % 2:
                results.append(("reserved", dialing.reserve(workspace, user, wish, request_key=f"key {n}").pk))
            else:
                results.append(("forgot", forget(workspace)))
        except forgetting.NotForgotten:
            results.append(("kept", None))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12, "nobody was turned away by the database"
    reserved = {pk for what, pk in results if what == "reserved"}
    assert set(Call.objects.filter(number=NUMBER).values_list("pk", flat=True)) == reserved and len(reserved) == 6
    while dialing.send_next("worker"):
        pass
    assert len(sandbox.rings) == 6


@contextmanager
def after_looking(*doings: Callable[[], object]) -> Iterator[list[Callable[[], object]]]:
    """What others do once everything was looked through and nothing is locked: each time the next one. Gives those to come."""
    left = list(doings)

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if left and sql.startswith('SELECT "activity_entry"."id"') and not connection.in_atomic_block:
            left.pop(0)()
        return answer

    with connection.execute_wrapper(watch):
        yield left


@pytest.mark.django_db(transaction=True)
def test_what_comes_in_while_it_is_looked_for_is_forgotten_too(transactional_db, workspace, sandbox):
    """Also where no time or order of any row tells that it is new, and however it is written."""
    other, asked = made(workspace, OTHER, days=40), made(workspace, OTHER, days=50)
    question = Question.objects.create(
        question_set=QuestionSet.objects.create(workspace=workspace, project_id="p1", name="Q"),
        text="Who?",
        type="Text",
    )
    entry = record.ask(workspace=workspace, user=None, verb="call.cancel", kind="call", thing_name="a call")
    sandbox.tick(600)
    made(workspace)
    shown = forgetting.look(workspace, NUMBER).digest

    def come_in() -> None:
        made(workspace, "(206) 555-0137", days=400, sid="CA-old", attempt="")
        Call.objects.filter(pk=other.pk).update(raw={"said": "ring 20.65 55 01.37, soon"})
        Answer.objects.create(
            call=asked, workspace=workspace, question=question, value="206/555 0137", at=timezone.now()
        )
        record.outcome(entry, "refused", f"“{NUMBER}” is not known")

    with after_looking(come_in) as left:
        forgetting.forget(workspace, owner_of(workspace), NUMBER, shown)
    assert not left and traces() == []
    other.refresh_from_db()
    assert other.raw == {"said": "ring a forgotten number, soon"}


@pytest.mark.django_db(transaction=True)
def test_what_comes_after_it_was_forgotten_stays(transactional_db, workspace, sandbox):
    made(workspace)
    shown = forgetting.look(workspace, NUMBER).digest
    new: list[Call] = []

    def call_again() -> None:
        sandbox.tick(1)
        new.append(made(workspace, attempt="reserved", state="", final_at=None, variables={"back": NUMBER}))
        record.note(workspace=workspace, user=None, verb="call.reserve", kind="call", thing_name=NUMBER)

    with after_looking(lambda: None, call_again) as left:
        forgetting.forget(workspace, owner_of(workspace), NUMBER, shown)
    assert not left and Call.objects.get(number=NUMBER).variables == {"back": NUMBER} and new
    assert Entry.objects.get(verb="call.reserve").thing_name == NUMBER


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "facts",
    [
        {"number": NUMBER, "attempt": "reserved", "state": "", "final_at": None},
        {"number": NUMBER, "days": 30, "attempt": "unknown", "state": "", "final_at": None},
        {"number": "206-555-0137", "days": 0.5, "attempt": "", "state": "in-progress", "final_at": None},
        {
            "number": OTHER,
            "days": 3,
            "attempt": "reserved",
            "state": "",
            "final_at": None,
            "variables": {"back": NUMBER},
        },
        {"number": OTHER, "days": 30, "next_read_at": timezone.now(), "raw": {"a": "(206) 5550137"}},
    ],
)
def test_what_may_still_ring_and_comes_in_meanwhile_keeps_everything(transactional_db, workspace, facts):
    made(workspace)
    shown = forgetting.look(workspace, NUMBER).digest
    with (
        after_looking(lambda: made(workspace, **facts)) as left,
        pytest.raises(forgetting.StillOpen) as stopped,
    ):
        forgetting.forget(workspace, owner_of(workspace), NUMBER, shown)
    assert not left and [call.number for call in stopped.value.found.blocking] == [facts["number"]]
    assert Call.objects.count() == 2 and not Forgotten.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_call_that_comes_to_name_it_and_is_being_read_is_said_to_remain(transactional_db, workspace, admin):
    named = made(workspace, OTHER, days=40)
    made(workspace)
    shown = forgetting.look(workspace, NUMBER).digest

    def come_to_name_it() -> None:
        Call.objects.filter(pk=named.pk).update(raw={"a": "206 555 0137"})

    def read_again() -> None:
        Call.objects.filter(pk=named.pk).update(next_read_at=timezone.now())

    fields = {"number": NUMBER, "shown": shown, "last_four": "0137"}
    with after_looking(come_to_name_it, read_again) as left:
        page = admin.post("/w/oak-care/settings/forget/", fields)
    assert not left and page.status_code == 409 and "Not all of it is forgotten." in text(page)
    assert f"calls/{named.pk}/" in text(page) and not Call.objects.filter(number=NUMBER).exists()


@pytest.mark.django_db(transaction=True)
def test_mirroring_and_forgetting_at_once_leave_nothing(transactional_db, workspace):
    items = [[told(days=1, sid=f"CA{lane}-{n}") for n in range(25)] for lane in range(4)]
    gate, wrong = threading.Barrier(5), []

    def one(n: int) -> None:
        gate.wait()
        try:
            if n < 4:
                ledger.take_history(workspace, "p1", "P", items[n])
                return None
            while True:
                try:
                    return forget(workspace)
                except forgetting.Moved:
                    continue
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and Forgotten.objects.exists() and traces() == []


@pytest.mark.django_db(transaction=True)
def test_several_workers_let_go_at_once(transactional_db, workspace):
    at = timezone.now() - timedelta(days=400)
    Call.objects.bulk_create(
        [Call(workspace=workspace, number=OTHER, at=at, state="busy", final_at=at) for _ in range(1800)]
    )
    kept(workspace, keep_calls_days=90)

    def work() -> bool:
        while keeping.let_go():
            pass
        return True

    assert at_once(4, work) == [True] * 4 and not Call.objects.filter(number=OTHER).exists()
    assert Entry.objects.get(verb="keeping.calls").after == {"calls": 1800}


@pytest.mark.django_db(transaction=True)
def test_it_is_one_step_or_none(transactional_db, workspace):
    call = made(workspace)
    with pytest.raises(RuntimeError), transaction.atomic():
        forget(workspace)
    assert Call.objects.filter(pk=call.pk).exists() and not Forgotten.objects.exists()


def test_two_thousand_calls_take_seconds_and_few_questions(workspace):
    now, user = timezone.now(), owner_of(workspace)
    Call.objects.bulk_create(
        [
            Call(
                workspace=workspace, project_id=f"p{n % 3}", number=NUMBER, at=now - timedelta(minutes=n), state="busy",
                final_at=now, request_key=f"key {n}", variables={"name": f"Person {n}"}, raw={"to": NUMBER, "pad": "x" * 1500},
            )
            for n in range(2000)
        ]
    )  # fmt: skip
    calls = Call.objects.filter(number=NUMBER)
    Observation.objects.bulk_create(
        [Observation(call=call, source="history", state="busy", seen_at=now) for call in calls]
    )
    Entry.objects.bulk_create(
        [
            Entry(
                workspace=workspace, verb=verb, kind="call", thing_id=str(call.pk), thing_name=NUMBER, user=user,
                after={"number": NUMBER, "variables": call.variables} if verb == "call.reserve" else None,
            )
            for call in calls for verb in ("call.reserve", "call.place")
        ]
    )  # fmt: skip
    began = time.process_time()  # others may be using this machine too
    shown = forgetting.look(workspace, NUMBER)
    with CaptureQueriesContext(connection) as asked:
        found = forgetting.forget(workspace, user, NUMBER, shown.digest)
    took = time.process_time() - began
    assert took < 3
    # Four batches, a question for every table that knows of calls; it is looked for three times.
    assert len(asked) <= 125
    assert (len(found.calls), found.entries) == (2000, 4000) and traces() == []
