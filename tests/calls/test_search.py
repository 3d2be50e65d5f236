"""Searching calls: what is found however it is typed, what is kept for it, and that nothing forgotten stays in it."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.calls import forgetting, search
from dashboard.calls.models import Call, CallText
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
    search.renew(call.pk for call in made)
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
    search.renew([second.pk])
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
    assert search.to_fill(workspace)[0].count == 2
    assert search.fill() is False
    assert search.to_fill(workspace) == []
    assert list(search.narrow(Call.objects.all(), "0123", workspace)) == [calls[0]]


def index_bytes() -> bytes:
    """Everything that stands in the tables behind SQLite's index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM calls_textindex_data")
        return b"".join(bytes(row[0]) for row in cursor.fetchall())


@SQLITE
@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_forgotten_number_stays_in_the_index(owner, workspace, project_id, calls):
    from dashboard.accounts.models import User

    Call.objects.update(final_at=timezone.now())
    user = User.objects.get(email="owner@oakcare.example")
    assert b"zo\xc3\xab"[:2] in index_bytes()
    found = forgetting.look(workspace, "+12065550123")
    forgetting.forget(workspace, user, "+12065550123", found.digest)
    while search.tidy():
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
    search.renew([call.pk])
    assert len(CallText.objects.get(call=call).text) <= search.LONGEST_TEXT
    assert list(search.narrow(Call.objects.all(), "leaf", workspace)) == [call]
