"""Searching calls: what is found however it is typed, what is kept for it, and that nothing forgotten stays in it."""

import json
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.calls import forgetting, lists, search, texts
from dashboard.calls.filters import Filters
from dashboard.calls.models import Analysis, Call, CallText, QuestionSet
from tests.conftest import text

SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="the index of SQLite")


@pytest.fixture
def calls(workspace, project_id):
    """Two calls with everything that can be searched."""
    told = [
        (
            "+12065550123",
            "Appointment reminder",
            {"first_name": "Zoë STRASSE", "visit": "2026-03-11"},
            {"wish": {"day": "Tuesday"}},
        ),
        ("+442079460155", "Survey", {"first_name": "Ana", "back": "(503) 555-0177"}, {"wish": 'a "quoted" % wish_'}),
    ]
    made = [
        Call.objects.create(
            workspace=workspace,
            project_id=project_id,
            agent_id=f"a{n}",
            agent_name=agent,
            number=number,
            from_number="+13125550100",
            variables=variables,
            data=data,
            at=timezone.now() - timedelta(hours=n + 1),
            state="completed",
            sid=f"CA{n}",
        )  # fmt: skip
        for n, (number, agent, variables, data) in enumerate(told)
    ]
    texts.renew(call.pk for call in made)
    return made


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("(206) 555-0123", [0]), ("0123", [0]), ("+1 206 555 0123", [0]), ("2065550123", [0]), ("２０６５５５", [0]), ("23", [0]),
        ("206-555", [0]), ("appointment", [0]), ("APPOINT 0123", [0]), ("zoë", [0]), ("ZOE\u0308", [0]), ("strasse", [0]),
        ("tues", [0]), ("2026-03-11", [0]), ("503 555 0177", [1]), ("(503) 555-0177", [1]), ('"quoted"', [1]), ("%", [1]),
        ("wish_", [1]), ("3125550100", [0, 1]), ("a", [0, 1]), ("survey 0123", []), ('" OR "', []), ("nobody*", []), ("999", []),
        ("\u200b", [0, 1]), ("appointmentsurvey", []), ("visit", []),
    ],
)  # fmt: skip
def test_found_however_it_is_typed(workspace, calls, typed, found):
    among = Call.objects.filter(workspace=workspace)
    assert set(search.narrow(among, typed, workspace)) == {calls[n] for n in found}


def test_common_terms_are_walked_and_find_the_same(workspace, calls):
    among = Call.objects.filter(workspace=workspace)
    hits = search.look("3125550100", workspace, few=1)
    assert hits.common
    assert set(hits.among(among)) == set(calls)
    assert search.look("reminder", workspace, few=1).pks == [calls[0].pk]


def test_the_page_finds_and_another_workspace_does_not(viewer, stranger, calls):
    page = text(viewer.get("/w/oak-care/calls/?q=(206)+555-0123"))
    assert "+1 206 555 0123" in page
    assert "+44 20 7946 0155" not in page
    assert "555 0123" not in text(stranger.get("/w/elsewhere/calls/?q=0123")).split('id="calls-table"')[1]


def test_what_changes_is_found_anew_and_the_old_no_more(workspace, calls):
    among, (first, second) = Call.objects.filter(workspace=workspace), calls
    Call.objects.filter(pk=second.pk).update(variables={"first_name": "Bertil"})
    texts.renew([second.pk])
    assert list(search.narrow(among, "bertil", workspace)) == [second]
    assert not search.narrow(among, "503 555 0177", workspace)
    first.delete()
    assert not search.narrow(among, "appointment", workspace)
    assert CallText.objects.count() == 1


def test_a_call_that_was_asked_for_is_found_at_once(operator, workspace, sandbox, project_id, agent):
    from tests.calls.conftest import BUSY, start

    start(operator, agent, BUSY)
    assert "+1 206 555 0111" in text(operator.get("/w/oak-care/calls/?q=5550111"))


def test_calls_without_words_come_into_the_search(workspace, calls):
    CallText.objects.all().delete()
    assert texts.to_fill(workspace)[0].count == 2
    assert texts.fill() is False  # they are few: all are looked at in one step
    assert texts.to_fill(workspace) == []
    assert list(search.narrow(Call.objects.all(), "0123", workspace)) == [calls[0]]


def test_many_calls_come_into_the_search_step_by_step(workspace, common, monkeypatch):
    monkeypatch.setattr(texts, "_STEP", 1_000)
    CallText.objects.all().delete()
    steps = [texts.fill(), texts.fill()]
    assert steps == [True, False] and CallText.objects.count() == len(common)
    CallText.objects.filter(call=common[7]).delete()
    assert texts.fill() and not texts.fill() and CallText.objects.count() == len(common)
    with CaptureQueriesContext(connection) as queries:
        assert not texts.fill()
    assert len(queries) == 2


def index_bytes() -> bytes:
    """Everything that stands in the tables behind SQLite's index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM calls_textindex_data")
        return b"".join(bytes(row[0]) for row in cursor.fetchall())


@SQLITE
@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_forgotten_number_stays_in_the_index(owner, workspace, project_id, calls):
    Call.objects.update(final_at=timezone.now())
    user = User.objects.get(email="owner@oakcare.example")
    assert b"zo\xc3\xab"[:2] in index_bytes()
    found = forgetting.look(workspace, "+12065550123")
    forgetting.forget(workspace, user, "+12065550123", found.digest)
    while texts.tidy():
        pass
    assert not CallText.objects.filter(text__contains="2065550123")
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab(main, calls_textindex, row)")
        cursor.execute("SELECT term FROM temp.seen")
        terms = {row[0] for row in cursor.fetchall()}
        cursor.execute("DROP TABLE temp.seen")
    assert "sur" in terms
    assert not terms & {"206", "065", "zoë", "tue"}
    assert "zoë".encode() not in index_bytes()


@pytest.mark.parametrize("typed", ["giraffe", "mixed feelings", "wistful", "87"])
def test_what_an_analysis_says_besides_its_answers_is_found(owner, workspace, project_id, calls, typed):
    asked = QuestionSet.objects.create(workspace=workspace, project_id=project_id, name="After")
    said = {
        "summary": "A purple giraffe.",
        "sentiment": "Mixed feelings",
        "extra": {"mood": ["Wistful", {"score": 87}]},
    }
    Analysis.objects.create(workspace=workspace, call=calls[0], question_set=asked, state="answered", **said)
    Analysis.objects.create(workspace=workspace, call=calls[1], question_set=asked, state="failed")
    among = Call.objects.filter(workspace=workspace)
    assert not search.narrow(among, typed, workspace), "kept before such words were searched"
    migration = import_module("dashboard.calls.migrations.0011_summaries_are_searched")
    migration.forget_words(apps, None)
    assert CallText.objects.get().call_id == calls[1].pk, "the others stay"
    while texts.fill():
        pass
    assert list(search.narrow(among, typed, workspace)) == [calls[0]]
    Call.objects.update(final_at=timezone.now())
    user = User.objects.get(email="owner@oakcare.example")
    forgetting.forget(workspace, user, calls[0].number, forgetting.look(workspace, calls[0].number).digest)
    assert not search.narrow(among, typed, workspace) and not CallText.objects.filter(text__contains="giraffe")


@SQLITE
def test_the_triggers_are_there_after_every_migration(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'calls_calltext'")
        assert {row[0] for row in cursor.fetchall()} == {f"calls_textindex_{name}" for name in ("in", "out", "new")}


def test_long_and_deep_data_is_cut_not_refused(workspace, project_id):
    deep = json.loads("[" * 60 + '"leaf"' + "]" * 60)
    call = Call.objects.create(
        workspace=workspace,
        project_id=project_id,
        number="+12065550100",
        at=timezone.now(),
        data={"all": ["x" * 90_000, deep]},
    )
    texts.renew([call.pk])
    assert len(CallText.objects.get(call=call).text) <= texts.LONGEST_TEXT
    assert list(search.narrow(Call.objects.all(), "leaf", workspace)) == [call]


@pytest.fixture
def common(workspace, project_id):
    """More calls with one word than are taken from the index at once; many of them at the same moment."""
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            workspace=workspace,
            project_id=project_id,
            number="+12065550100",
            variables={"why": "reminder"},
            at=now - timedelta(seconds=n if n > 300 else 300),
            attempt="placed",
            state="voicemail" if n % 600 == 7 else "completed",
            sid=f"CA{n}",
        )
        for n in range(search.FEW + 400)
    )
    texts.renew(Call.objects.values_list("pk", flat=True))
    return list(Call.objects.order_by("-at", "-id").values_list("pk", flat=True))


def filters_of(query: str, workspace):
    return Filters.of(QueryDict(query), workspace=workspace)


def walked(workspace, query: str, size: int = 500) -> tuple[list, list]:
    """Every id of a list from its first page to its last, and from the last page back to the first."""
    there, back, told = [], [], lists.page(workspace, filters_of(query, workspace), size=size)
    while told.older:
        there += [call.pk for call in told.calls]
        told = lists.page(workspace, filters_of(query, workspace), before=told.older, size=size)
        assert told.count == "1,000+"
    there += [call.pk for call in told.calls]
    while told.newer:
        back = [call.pk for call in told.calls] + back
        told = lists.page(workspace, filters_of(query, workspace), after=told.newer, size=size)
    return there, [call.pk for call in told.calls] + back


@pytest.mark.parametrize("sort", ["-at", "at"])
def test_a_common_term_is_paged_to_its_end_and_back(workspace, common, sort):
    assert search.look("reminder", workspace).common
    places = CallText.objects.order_by("-pk").values_list("call__at", flat=True)
    assert list(places) == list(Call.objects.order_by("-at").values_list("at", flat=True))
    there, back = walked(workspace, f"q=reminder&days=any&sort={sort}")
    assert there == (common if sort == "-at" else common[::-1])
    assert len(back) == len(there) and set(back) == set(there)


@pytest.mark.parametrize("dense", [search._DENSE, 0])
def test_a_common_term_with_a_rare_filter_and_in_a_period_of_its_own(workspace, common, dense, monkeypatch):
    monkeypatch.setattr(search, "_DENSE", dense)
    rare = lists.page(workspace, filters_of("q=reminder&days=any&state=voicemail", workspace))
    assert [call.pk for call in rare.calls] == [pk for pk in common if Call.objects.get(pk=pk).state == "voicemail"]
    assert rare.count == str(len(rare.calls)) == "3"
    Call.objects.filter(pk__in=common[-20:]).update(at=timezone.now() - timedelta(days=200))
    texts.renew(common)
    assert lists.page(workspace, filters_of("q=reminder&days=90", workspace)).count == "1,000+"
    assert lists.page(workspace, filters_of("q=reminder&from=2020-01-01&to=2025-12-31", workspace)).count == "20"


def test_a_short_term_is_looked_for_in_the_newest_calls_alone(workspace, calls):
    newest = search.look("23", workspace, shallow=1)
    assert newest.pks == [calls[0].pk]
    assert newest.since == pytest.approx(calls[1].at, abs=timedelta(milliseconds=1))
    assert search.look("55", workspace, shallow=1).pks == [calls[0].pk]
    assert search.look("55", workspace, shallow=2).since is None
