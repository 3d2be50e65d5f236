"""How long a workspace keeps things: longer at once, shorter only after what goes was shown."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.activity import keeping as entries
from dashboard.activity.models import Entry
from dashboard.calls import keeping as calls
from dashboard.calls.models import Call
from dashboard.worker import heartbeat
from tests.activity.test_keeping import aged
from tests.calls.test_forgotten import OTHER, made
from tests.conftest import OWNER_EMAIL, sign_in, text
from tests.workspace_settings.conftest import PAGE, follow, words

KEEPING = "/w/oak-care/settings/keeping/"
NOTHING = {"keep_entries_days": "", "keep_calls_days": "", "keep_variables_days": ""}


def hidden(page: Any) -> dict[str, str]:
    """What the form says of what was shown."""
    return dict(re.findall(r'name="(loaded|shown)" value="([^"]*)"', text(page)))


def save(client: Any, page: Any = None, **chosen: Any) -> Any:
    return client.post(
        KEEPING, NOTHING | (hidden(page) if page else {}) | {name: str(days) for name, days in chosen.items()}
    )


def kept(workspace: Workspace) -> tuple[int | None, int | None, int | None]:
    workspace.refresh_from_db()
    return workspace.keep_entries_days, workspace.keep_calls_days, workspace.keep_variables_days


@pytest.fixture
def past(workspace: Workspace) -> Workspace:
    """Two entries of 400 days, three calls of 100, one of which has variables; and younger ones."""
    aged(workspace, 400, many=2)
    for days in (100, 101, 102):
        made(workspace, OTHER, days=days)
    made(workspace, OTHER, days=1, variables={"a": "b"})
    Call.objects.filter(at__lt=timezone.now() - timedelta(days=101.5)).update(variables={"a": "b"})
    return workspace


def test_the_page_says_how_it_is_and_what_talkstack_keeps(owner, workspace):
    page = owner.get(KEEPING)
    assert page.status_code == 200
    assert text(page).count("<option") == 5 + 6 + 5 and "1 year" in text(page)
    assert text(page).count("For ever") == 2 and "As long as the call" in text(page)
    assert "Talkstack keeps its own history of calls and their recordings. Its API has no way to delete them" in words(
        page
    )
    assert kept(workspace) == (None, None, None)


def test_a_shorter_time_shows_first_what_goes(owner, past):
    page = save(owner, owner.get(KEEPING), keep_entries_days=365, keep_calls_days=90, keep_variables_days=30)
    assert page.status_code == 422 and kept(past) == (None, None, None)
    said = words(page)
    first, last = (f"{timezone.now() - timedelta(days=days):%-d %b %Y}" for days in (102, 100))
    assert "2 entries of" in said and "3 calls from" in said
    assert "The variables and collected data of 1 call of" in said and first in said and last in said
    assert "nothing was saved yet" in said and not Entry.objects.filter(verb="workspace.keeping").exists()
    heartbeat.beat("a worker")
    said = follow(owner, save(owner, page, keep_entries_days=365, keep_calls_days=90, keep_variables_days=30))
    what = "2 entries, 3 calls and the variables and collected data of 1 call"
    assert f"Saved. The background process lets {what} go within an hour." in said
    assert kept(past) == (365, 90, 30)
    entry = Entry.objects.get(verb="workspace.keeping")
    assert entry.before == {"activity": "for ever", "calls": "for ever", "variables": "as long as the call"}
    assert entry.after == {"activity": "1 year", "calls": "90 days", "variables": "30 days"}
    calls.let_go()
    entries.let_go()
    assert Call.objects.filter(number=OTHER).count() == 1
    told = {each.verb: each.after for each in Entry.objects.filter(verb__startswith="keeping.")}
    assert told == {"keeping.calls": {"calls": 3}, "keeping.entries": {"entries": 2}}, "the data went with the call"


def test_a_shorter_time_with_nothing_that_old_is_shown_too(owner, workspace):
    page = save(owner, keep_calls_days=30)
    assert page.status_code == 422 and "No call so old yet" in words(page)
    assert "Saved." in follow(owner, save(owner, page, keep_calls_days=30)) and kept(workspace) == (None, 30, None)


def test_a_longer_time_is_saved_at_once(owner, past):
    Workspace.objects.update(keep_entries_days=365, keep_calls_days=30, keep_variables_days=7)
    answer = save(owner, owner.get(KEEPING), keep_entries_days=730, keep_calls_days="", keep_variables_days=7)
    assert "Saved." in follow(owner, answer) and kept(past) == (730, None, 7)
    entry = Entry.objects.get(verb="workspace.keeping")
    assert entry.before == {"activity": "1 year", "calls": "30 days"}, "what did not change is not told"
    assert entry.after == {"activity": "2 years", "calls": "for ever"}
    page = words(owner.get("/w/oak-care/activity/"))
    assert "changed how long Oak Care keeps things" in page and "30 days → for ever" in page


def test_only_what_becomes_shorter_is_shown(owner, past):
    Workspace.objects.update(keep_calls_days=365)
    page = save(owner, keep_calls_days=730, keep_entries_days=365)
    assert "2 entries" in words(page) and "3 calls" not in words(page)


def test_the_same_again_changes_nothing(owner, workspace):
    assert "nothing had to be changed" in follow(owner, save(owner))
    assert not Entry.objects.filter(verb="workspace.keeping").exists()


def test_what_moved_is_shown_again(owner, past, workspace):
    page = save(owner, keep_calls_days=90)
    made(workspace, OTHER, days=95)
    again = save(owner, page, keep_calls_days=90)
    assert again.status_code == 409 and "What goes is not what was shown before." in words(again)
    assert "4 calls from" in words(again) and kept(workspace) == (None, None, None)
    other = save(owner, again, keep_calls_days=30)
    assert other.status_code == 409 and kept(workspace) == (None, None, None), "another choice was not shown"
    assert save(owner, other, keep_calls_days=30).status_code == 303


def test_what_only_became_older_meanwhile_does_not_stop_it(owner, workspace, sandbox):
    made(workspace, OTHER, days=89.999)
    page = save(owner, keep_calls_days=90)
    sandbox.tick(600)
    assert save(owner, page, keep_calls_days=90).status_code == 303


def test_a_page_shown_long_ago_is_shown_again(owner, past, sandbox):
    page = save(owner, keep_calls_days=90)
    made(past, OTHER, days=89.97)
    sandbox.tick(3700)
    again = save(sign_in(OWNER_EMAIL), page, keep_calls_days=90)
    assert again.status_code == 409 and "4 calls from" in words(again) and kept(past) == (None, None, None)


def test_somebody_else_was_first(owner, workspace):
    page = owner.get(KEEPING)
    Workspace.objects.update(keep_calls_days=730)
    answer = save(owner, page, keep_entries_days=2555)
    assert answer.status_code == 409 and "Somebody else changed this first." in words(answer)
    assert "Calls now 730 days" in words(answer) and kept(workspace) == (None, 730, None)
    assert re.search(r'value="2555" selected', text(answer)), "what was chosen stays chosen"


@pytest.mark.parametrize(
    "fields",
    [
        {"keep_entries_days": "30"}, {"keep_entries_days": "364"}, {"keep_calls_days": "1"}, {"keep_calls_days": "x"},
        {"keep_variables_days": "-1"}, {"keep_variables_days": "0"}, {"keep_entries_days": "\x00"}, {"shown": "x" * 100},
    ],
)  # fmt: skip
def test_other_times_are_refused(owner, workspace, fields):
    page = owner.post(KEEPING, NOTHING | fields)
    assert page.status_code == 422 and kept(workspace) == (None, None, None)


def test_a_time_set_elsewhere_is_offered(owner, workspace):
    Workspace.objects.update(keep_calls_days=45)
    assert '<option value="45" selected>45 days' in text(owner.get(KEEPING))


@pytest.mark.item("S23")
def test_it_takes_a_fresh_password(owner, workspace, sandbox):
    Workspace.objects.update(keep_calls_days=30)
    sandbox.tick(settings.FRESH_PASSWORD_SECONDS + 1)
    assert owner.get(KEEPING).status_code == 200
    assert save(owner, keep_calls_days=90).status_code == 403 and kept(workspace)[1] == 30
    fields = NOTHING | {"keep_calls_days": "90", "fresh_password": settings.DEMO_PASSWORD}
    assert owner.post(KEEPING, fields).status_code == 303 and kept(workspace)[1] == 90


@pytest.mark.item("S03")
def test_who_may(owner, admin, operator, viewer, stranger, workspace):
    for client, status in ((admin, 403), (operator, 403), (viewer, 403), (stranger, 404)):
        assert client.get(KEEPING).status_code == status and save(client, keep_calls_days=90).status_code == status
    assert owner.delete(KEEPING).status_code == 405 and kept(workspace) == (None, None, None)


def test_queries_are_few(owner, past, django_assert_max_num_queries):
    owner.get(KEEPING)
    with django_assert_max_num_queries(8):
        owner.get(KEEPING)
    with django_assert_max_num_queries(8):
        save(owner, keep_entries_days=365, keep_calls_days=90, keep_variables_days=30)


def test_the_page_of_all_settings_leads_here(owner, admin):
    assert KEEPING in text(owner.get(PAGE)) and "/settings/forget/" in text(admin.get(PAGE))


def test_nothing_goes_while_no_background_process_runs_and_that_is_said(owner, past):
    page = save(owner, keep_calls_days=90)
    said = follow(owner, save(owner, page, keep_calls_days=90))
    assert "The background process is not running now; when it does, it lets 3 calls go." in said
