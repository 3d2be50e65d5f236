"""The lists of calls: what is found, how they are paged, what they cost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.calls import follow, ledger
from dashboard.calls.models import Call
from tests.calls.conftest import ANSWERED, BUSY, call_of, start, work
from tests.conftest import text


@pytest.fixture
def many(workspace, project_id):
    """120 calls, one a minute, of two agents."""
    now = timezone.now()
    for n in range(120):
        Call.objects.create(
            workspace=workspace,
            project_id=project_id,
            agent_id=f"a{n % 2}",
            agent_name=("Reminder", "Follow-up")[n % 2],
            number=f"+1206555{n % 100:04d}",
            at=now - timedelta(minutes=n),
            state="completed" if n % 3 else "busy",
            sid=f"CA{n}",
        )


def test_an_empty_list_offers_the_first_step(operator, project_id):
    page = text(operator.get(f"/w/oak-care/projects/{project_id}/calls/"))
    assert "No calls yet" in page
    assert "Start a call" in page


def test_pages_go_on_where_the_last_one_ended(viewer, many, project_id):
    import re

    address, seen = f"/w/oak-care/projects/{project_id}/calls/", []
    query = ""
    for _ in range(3):
        page = text(viewer.get(address + query))
        seen += re.findall(r'calls/([0-9a-f-]{36})/"', page)
        older = re.search(r'<a href="(\?before=[^"]+)"', page)
        query = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 120
    assert not query


@pytest.mark.parametrize(
    ("query", "found"),
    [("?state=busy", "40"), ("?agent=a1", "60"), ("?q=0042", "1"), ("?q=Reminder", "60"), ("?q=nobody", "0")],
)
def test_filters_live_in_the_address(viewer, many, project_id, query, found):
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/{query}"))
    assert f"{found} call" in page


JUNK = ["?before=junk", "?before=~", "?before=2026-99-99~x", "?days=x", "?q=" + "x" * 5000, "?state=%00"]


@pytest.mark.parametrize("query", JUNK)
def test_junk_in_the_address_is_no_error(viewer, many, project_id, query):
    assert viewer.get(f"/w/oak-care/projects/{project_id}/calls/{query}").status_code == 200


def test_a_list_costs_the_same_however_long(viewer, many, project_id, django_assert_max_num_queries):
    viewer.get(f"/w/oak-care/projects/{project_id}/calls/")
    with django_assert_max_num_queries(8):
        viewer.get(f"/w/oak-care/projects/{project_id}/calls/")


def test_the_list_asks_talkstack_nothing(viewer, many, sandbox, project_id):
    viewer.get(f"/w/oak-care/projects/{project_id}/calls/")
    sandbox.faults.add("down", times=0)
    assert viewer.get(f"/w/oak-care/projects/{project_id}/calls/").status_code == 200


def test_the_history_is_mirrored_once_and_shown(viewer, owner, sandbox, workspace, project_id):
    owner.get("/w/oak-care/projects/")
    follow.read_histories()
    first = Call.objects.count()
    assert first > 100
    sandbox.tick(200)
    follow.read_histories()
    assert Call.objects.count() == first
    page = text(viewer.get("/w/oak-care/calls/"))
    assert "Northgate Clinics" in page


def test_a_mirrored_row_joins_the_call_it_belongs_to(operator, owner, sandbox, workspace, agent):
    call = call_of(start(operator, agent, ANSWERED))
    from dashboard.calls import dialing

    entry = dialing._claim(call, "slow")
    placed = dialing.Upstream(workspace).client().calls.make(call.number, call.project_id, call.agent_id, {})
    Call.objects.filter(pk=call.pk).update(attempt="reserved")  # the mirror does not see an open attempt
    sandbox.tick(10)
    owner.get("/w/oak-care/projects/")
    follow.read_histories()
    Call.objects.filter(pk=call.pk).update(attempt="sending")
    mirrored = Call.objects.get(sid=placed.call_id)
    dialing._record_placed(call, "slow", entry, placed)
    assert not Call.objects.filter(pk=mirrored.pk).exists()
    answer = operator.get(f"/w/oak-care/projects/{agent.project_id}/calls/{mirrored.pk}/")
    assert answer["Location"].endswith(f"/calls/{call.pk}/")


def test_what_is_open_is_named_for_deletions(operator, sandbox, workspace, agent):
    call = call_of(start(operator, agent, BUSY))
    assert ledger.open_calls(workspace, agent.project_id, agent.id) == [call]
    work(sandbox, 120)
    assert ledger.open_calls(workspace, agent.project_id, agent.id) == []
