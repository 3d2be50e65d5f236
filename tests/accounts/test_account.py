"""/account/, /w/ and /: a person's own pages."""

from dashboard.accounts.models import Membership, User, Workspace
from dashboard.activity.models import Entry
from tests.conftest import text


def test_change_name_and_zone(owner):
    answer = owner.post("/account/", {"name": "Olive Oak", "time_zone": "Europe/Berlin", "email": "x@evil.example"})
    assert answer.status_code == 302
    user = User.objects.get()
    assert (user.name, user.time_zone, user.email) == ("Olive Oak", "Europe/Berlin", "owner@oakcare.example")
    assert Entry.objects.filter(verb="person.update").get().after == {"name": "Olive Oak", "time_zone": "Europe/Berlin"}


def test_unknown_zone_is_refused(owner):
    assert owner.post("/account/", {"name": "Olive", "time_zone": "Mars/Olympus"}).status_code == 422
    assert User.objects.get().time_zone == ""


def test_one_workspace_is_gone_into_at_once(owner):
    assert owner.get("/").url == "/w/"
    assert owner.get("/w/").url == "/w/oak-care/"


def test_several_workspaces_are_listed(owner, workspace):
    other = Workspace.objects.create(name="Elm & Sons", slug="elm", practice=True)
    Membership.objects.create(workspace=other, user=User.objects.get(), role="viewer")
    page = text(owner.get("/w/"))
    assert "/w/elm/" in page and "/w/oak-care/" in page and "Elm &amp; Sons" in page


def test_nobody_is_sent_to_sign_in(client, db):
    assert client.get("/w/").url == "/sign-in/?next=/w/"
    assert client.get("/account/").url == "/sign-in/?next=/account/"
    assert client.post("/account/", {"name": "x"}).url == "/sign-in/?next=/account/&unsent=lost"


def test_every_page_names_the_zone_it_uses(owner, workspace):
    owner.post("/account/", {"name": "Olive", "time_zone": "Asia/Kathmandu"})
    for path in (
        "/account/",
        "/account/second-factor/",
        "/w/?all=1",
        "/w/oak-care/",
        "/w/oak-care/activity/",
        "/w/oak-care/team/",
    ):
        assert "Times in Kathmandu" in text(owner.get(path)), path
    owner.post("/sign-out/")
    assert "Times in" not in text(owner.get("/sign-in/"))
