"""The lists of calls: what is found, how they are paged, what they cost."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from dashboard.calls import ledger, texts
from dashboard.calls.models import Call
from tests.calls.conftest import ANSWERED, BUSY, call_of, start, work
from tests.conftest import text
from tests.histories import read_all


def fewer_calls(sandbox, many):
    """Each project has only its newest calls: their histories are read sooner."""
    for calls in sandbox.store.project_calls.values():
        calls[:] = calls[-many:]


@pytest.fixture
def many(workspace, project_id):
    """120 calls, one a minute, of two agents."""
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            workspace=workspace,
            project_id=project_id,
            agent_id=f"a{n % 2}",
            agent_name=("Reminder", "Follow-up")[n % 2],
            number=f"+1206555{n % 100:04d}",
            at=now - timedelta(minutes=n),
            state="completed" if n % 3 else "busy",
            sid=f"CA{n}",
            seconds=n if n % 4 else None,
            cost=Decimal(n) / 100 if n % 4 else None,
        )
        for n in range(120)
    )
    texts.renew(Call.objects.values_list("pk", flat=True))


def test_an_empty_list_offers_the_first_step(operator, project_id):
    page = text(operator.get(f"/w/oak-care/projects/{project_id}/calls/"))
    assert "No calls yet" in page
    assert "Start a call" in page


def shown(page):
    """The ids of the calls of a page, in order."""
    return [UUID(pk) for pk in re.findall(r'calls/([0-9a-f-]{36})/"', page.split('id="calls-table"')[1])]


def follow_links(client, address, rel):
    """Every page that links of one kind lead to."""
    while address:
        page = text(client.get(address))
        yield page
        link = re.search(rf'href="([^"]+)" rel="{rel}"', page)
        address = address.partition("?")[0] + html.unescape(link[1]) if link else ""


@pytest.mark.parametrize("sort", ["-at", "at", "-seconds", "seconds", "-cost", "cost"])
def test_pages_go_on_where_the_last_one_ended_and_back_again(viewer, workspace, many, project_id, sort):
    address = f"/w/oak-care/projects/{project_id}/calls/?days=any&state=completed&sort={sort}"
    pages = list(follow_links(viewer, address, "next"))
    seen = [pk for page in pages for pk in shown(page)]
    column, down = sort.lstrip("-"), sort.startswith("-")
    calls = sorted(Call.objects.filter(state="completed"), key=lambda call: call.at, reverse=column != "at" or down)
    if column != "at":
        has = sorted(
            (call for call in calls if call.seconds is not None), key=lambda call: getattr(call, column), reverse=down
        )
        calls = has + [call for call in calls if call.seconds is None]
    assert seen == [call.pk for call in calls]
    assert len(pages) == 2
    last = html.unescape(re.search(r'href="([^"]+)" rel="prev"', pages[-1])[1])
    assert shown(text(viewer.get(address.partition("?")[0] + last))) == seen[:50]
    assert "state=completed" in last
    assert f"sort={sort}" in last or sort == "-at"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=busy", "40"),
        ("?agent=a1", "60"),
        ("?q=0042", "1"),
        ("?q=Reminder", "60"),
        ("?q=nobody", "0"),
        ("?min_seconds=100&days=any", "15"),
        ("?days=yesterday", "0"),
        ("?max_cost=0.05", "4"),
        ("?number=%2B1+206+555+0042", "1"),
    ],
)
def test_filters_live_in_the_address(viewer, many, project_id, query, found):
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/{query}"))
    assert f"{found} call" in page


ZEROS = "0" * 32
JUNK = [
    "?before=junk", "?before=~", f"?before=9999-12-31T23:59:59-12:00~{ZEROS}", "?before=2026-99-99~x", "?after=~~",
    f"?sort=cost&before=x~2026-01-01T00:00:00Z~{ZEROS}",
    f"?sort=seconds&before=nan~2026-01-01T00:00:00Z~{ZEROS}", "?columns=&columns=a_x,%00,to", "?a_1=x", f"?a_{ZEROS}=x",
    "?days=x", "?days=99999999999", "?hour=x", "?min_seconds=1e400", "?min_cost=NaN", "?q=" + "x" * 5000, "?state=%00",
]  # fmt: skip


def test_junk_in_the_address_is_no_error(viewer, many, project_id):
    for query in JUNK:
        assert viewer.get(f"/w/oak-care/projects/{project_id}/calls/{query}").status_code == 200, query


def test_a_list_costs_the_same_however_long(viewer, many, project_id, django_assert_max_num_queries):
    """Eleven for the whole page, whose parts its view names; seven for the next rows alone."""
    address = f"/w/oak-care/projects/{project_id}/calls/"
    viewer.get(address)
    with django_assert_max_num_queries(11):
        viewer.get(address)
    with django_assert_max_num_queries(7):
        viewer.get(address, headers={"HX-Request": "true", "HX-Target": "calls-table"})
    with django_assert_max_num_queries(12):
        viewer.get(f"{address}?days=any&state=busy&sort=-cost&columns=length,by,line,variables")
    with django_assert_max_num_queries(16):
        viewer.get(f"{address}?q=reminder&agent=a0")


def test_only_the_table_comes_when_only_it_is_asked_for(viewer, many, project_id):
    headers = {"HX-Request": "true", "HX-Target": "calls-table"}
    part = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/?agent=a1", headers=headers))
    assert part.lstrip().startswith('<div id="calls-table">')
    assert "60 calls" in part


def test_columns_are_chosen_and_kept(viewer, many, project_id):
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/?columns=line&columns=length&agent=a0"))
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?([\w ]+)', page)
    assert [head.strip() for head in heads] == ["To", "What happened", "Length", "Our line"]
    assert "columns=line%2Clength" in page.split('rel="next"')[0]


def test_what_happened_with_the_call_to_0142_yesterday(operator, workspace, many, project_id):
    """From the first page: Calls, the last digits and "Yesterday", the call."""
    call = Call.objects.filter(number="+12065550042").first()
    Call.objects.filter(pk=call.pk).update(at=call.at - timedelta(days=1))
    texts.renew([call.pk])
    page = text(operator.get("/w/oak-care/calls/?q=0042&days=yesterday"))
    assert shown(page) == [call.pk]
    assert "1 call<" in page
    assert "Yesterday" in page


def test_an_empty_period_says_that_there_are_others(viewer, many, project_id):
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/?days=yesterday"))
    assert "No calls in these days" in page
    assert "?days=any" in page
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/?days=yesterday&state=busy"))
    assert "?days=any&amp;state=busy" in page


def test_names_from_outside_are_text(viewer, workspace, project_id):
    hostile = "<b>x</b>\u202e" + "W" * 400
    Call.objects.create(
        workspace=workspace, project_id=project_id, agent_id='a"><i>', agent_name=hostile[:300], number='"><script>',
        at=timezone.now(), variables={"<u>": hostile}, placed_by_email="<i>@x.example", attempt="placed", state="odd<b>",
    )  # fmt: skip
    page = text(
        viewer.get(
            "/w/oak-care/calls/?columns=agent,variables,by,project,when&agent=a%22%3E%3Ci%3E&by=%3Ci%3E@x.example&q=%3Cb%3E&days=any"
        )
    )
    assert "<b>x" not in page
    assert '"><i>' not in page
    assert '<script>"' not in page


def test_the_list_asks_talkstack_nothing(viewer, many, sandbox, project_id):
    viewer.get(f"/w/oak-care/projects/{project_id}/calls/")
    sandbox.faults.add("down", times=0)
    assert viewer.get(f"/w/oak-care/projects/{project_id}/calls/").status_code == 200


def test_the_history_is_mirrored_once_and_shown(viewer, owner, sandbox, workspace, project_id):
    fewer_calls(sandbox, 40)
    owner.get("/w/oak-care/projects/")
    read_all()
    first = Call.objects.count()
    assert first > 100
    sandbox.tick(200)
    read_all()
    assert Call.objects.count() == first
    page = text(viewer.get("/w/oak-care/calls/"))
    assert "Northgate Clinics" in page


def test_a_mirrored_row_joins_the_call_it_belongs_to(operator, owner, sandbox, workspace, agent):
    fewer_calls(sandbox, 12)
    call = call_of(start(operator, agent, ANSWERED))
    from dashboard.calls import dialing

    entry = dialing._claim(call, "slow")
    placed = dialing.Upstream(workspace).client().calls.make(call.number, call.project_id, call.agent_id, {})
    Call.objects.filter(pk=call.pk).update(attempt="reserved")  # the mirror does not see an open attempt
    sandbox.tick(10)
    owner.get("/w/oak-care/projects/")
    read_all()
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


def test_an_operator_may_ask_about_the_calls_that_are_listed(operator, viewer, workspace, project_id):
    Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550123", state="busy", at=timezone.now()
    )
    address = f"/w/oak-care/projects/{project_id}/calls/?days=7&state=busy"
    link = f'href="/w/oak-care/projects/{project_id}/questions/ask/?days=7&amp;state=busy"'
    assert link in text(operator.get(address)) and "Ask about these calls" not in text(viewer.get(address))
