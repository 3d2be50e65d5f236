"""The settings page, the workspace's name, and the test of the connection."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.accounts.models import Connection, Membership, Rate, User, Workspace
from dashboard.activity.models import Entry
from tests.conftest import text
from tests.workspace_settings.conftest import CANARY, NAME, PAGE, TEST, follow, link, store, words


def test_the_owner_sees_how_it_is_connected(owner, workspace):
    said = words(owner.get(PAGE))
    assert "Oak Care" in said and "Practice" in said and "/w/oak-care/" in said and "Nobody is called" in said
    assert (
        "owner@oakcare.example signed in; renewed by itself" in said and "none: the account's sign-in is used" in said
    )
    assert "Works" in said and "Test the connection" in said
    assert f'<a href="{PAGE}" aria-current="page">' in text(owner.get(PAGE))


@pytest.mark.item("S03")
def test_admins_read_and_are_told_whom_to_ask(admin, workspace):
    page = admin.get(PAGE)
    assert page.status_code == 200 and 'href="mailto:owner@oakcare.example"' in text(page)
    shown = text(page).partition("<main")[2]
    assert "<form" not in shown and "<input" not in shown
    assert "Oak Care" in words(page) and "none: the account's sign-in is used" in words(page)


@pytest.mark.item("S03")
def test_operators_and_viewers_see_nothing_of_it(operator, viewer):
    for person in (operator, viewer):
        assert person.get(PAGE).status_code == 403
        assert PAGE not in text(person.get("/w/oak-care/"))


@pytest.mark.item("S64")
def test_a_key_is_shown_by_its_last_characters(owner, admin, workspace):
    store(CANARY, api_key_at=timezone.now())
    for person in (owner, admin):
        page = text(person.get(PAGE))
        assert "••••1a2b" in page and CANARY not in page and CANARY[-8:] not in page and link().api_key not in page


def test_last_failure_in_words(owner, workspace):
    failed = {"last_failure": "Talkstack <b>cannot</b> be reached.", "last_failure_at": timezone.now()}
    Connection.objects.update(**failed, last_ok_at=None)
    page = text(owner.get(PAGE))
    assert "Last question failed" in page and "Talkstack &lt;b&gt;cannot&lt;/b&gt; be reached." in page


def test_queries_stay_few(owner, workspace):
    owner.get(PAGE)
    with CaptureQueriesContext(database) as few:
        owner.get(PAGE)
    assert len(few) <= 8, [query["sql"] for query in few]
    for n in range(30):
        user = User.objects.create_user(f"p{n}@oakcare.example", None)
        Membership.objects.create(workspace=workspace, user=user, role="admin")
    Connection.objects.update(key_asked_at=timezone.now(), refused_at=timezone.now())
    with CaptureQueriesContext(database) as many:
        owner.get(PAGE)
    assert len(many) <= 8, [query["sql"] for query in many]


def test_rename(owner, workspace):
    said = follow(owner, owner.post(NAME, {"name": "  Oak   Care North "}))
    assert "The workspace is called Oak Care North now. Its address is what it was." in said
    after = Workspace.objects.get(pk=workspace.pk)
    assert (after.name, after.slug) == ("Oak Care North", "oak-care")
    entry = Entry.objects.get(verb="workspace.rename")
    assert (entry.before, entry.after, entry.outcome.result) == (
        {"name": "Oak Care"},
        {"name": "Oak Care North"},
        "done",
    )
    assert "nothing had to be changed" in follow(owner, owner.post(NAME, {"name": "Oak Care North"}))
    assert Entry.objects.filter(verb="workspace.rename").count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b", "a\u202eb", "two\nlines"])
def test_names_that_are_none(owner, workspace, name):
    page = owner.post(NAME, {"name": name})
    assert page.status_code == 422 and 'aria-invalid="true"' in text(page)
    assert Workspace.objects.get(pk=workspace.pk).name == "Oak Care"


def test_a_name_is_text_whatever_it_looks_like(owner, workspace):
    owner.post(NAME, {"name": "<script>alert(1)</script>{{7*7}}"})
    page = text(owner.get(PAGE))
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


def test_only_the_name_is_taken(owner, workspace):
    owner.post(NAME, {"name": "New", "slug": "elsewhere", "practice": "", "second_factor": "viewer"})
    after = Workspace.objects.get(pk=workspace.pk)
    assert (after.slug, after.practice, after.second_factor) == ("oak-care", True, "")


def test_the_connection_works(owner, workspace, asked):
    said = follow(owner, owner.post(TEST))
    assert "The connection works: Talkstack took the sign-in of owner@oakcare.example and showed 3 projects." in said
    entry = Entry.objects.get(verb="connection.test")
    assert entry.outcome.result == "done" and asked.count("/project") == 1


def test_the_connection_is_refused(owner, workspace):
    store(CANARY)
    said = follow(owner, owner.post(TEST))
    assert "Talkstack refused the API key ••••1a2b." in said and "Any of these helps" in said
    assert Entry.objects.get(verb="connection.test").outcome.result == "refused"
    assert link().refused_at


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("down", "Talkstack cannot be reached at the moment. So this says nothing"),
        ("500", "gave no usable answer. So this says nothing"),
        ("429", "asks to wait"),
        ("403", "does not allow this"),
        ("html-200", "list of projects was not found"),
    ],
)
def test_the_connection_could_not_be_tested(owner, workspace, sandbox, kind, said):
    sandbox.faults.add(kind, path="/", times=0)
    assert said in follow(owner, owner.post(TEST))
    assert not link().refused_at
    assert Entry.objects.get(verb="connection.test").outcome.result != "done"


def test_ten_tests_a_minute(owner, workspace):
    assert [owner.post(TEST).status_code for _ in range(11)] == [303] * 10 + [429]
    Rate.objects.all().delete()
    assert owner.post(TEST).status_code == 303


@pytest.mark.item("S03")
def test_who_may(owner, admin, operator, viewer, stranger, workspace):
    for url in (NAME, TEST):
        for person in (admin, operator, viewer):
            assert person.post(url, {"name": "Theirs"}).status_code == 403
        assert stranger.post(url, {"name": "Theirs"}).status_code == 404
        assert owner.get(url).status_code == 405
    assert owner.post(PAGE).status_code == 405
    assert Workspace.objects.get(pk=workspace.pk).name == "Oak Care"
