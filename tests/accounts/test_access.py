"""The guard of every view under /w/<slug>/."""

import json

import pytest
from django.test import Client

from dashboard.accounts.models import Membership, ParkedForm, Session
from tests.conftest import text

pytestmark = pytest.mark.urls("tests.accounts.guarded_urls")
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/w/oak-care/guarded/?page=2"}
LOOK, CHANGE = "/w/oak-care/guarded/", "/w/oak-care/guarded/change/"


def test_members_get_in(owner, viewer):
    assert text(owner.get(LOOK)) == "Oak Care owner True"
    assert text(viewer.get(LOOK)) == "Oak Care viewer False"


def test_strangers_find_nothing(stranger, owner):
    assert stranger.get(LOOK).status_code == 404
    assert stranger.post(CHANGE).status_code == 404
    assert stranger.get("/w/no-such-workspace/guarded/").status_code == 404


def test_wrong_role_is_told_whom_to_ask(operator, admin):
    answer = operator.post(CHANGE)
    assert answer.status_code == 403
    assert "owner@oakcare.example" in text(answer) and "admin@oakcare.example" in text(answer)
    assert "mailto:operator@oakcare.example" not in text(answer)
    assert admin.post(CHANGE).status_code == 200


def test_wrong_role_under_htmx_is_a_notice(operator):
    answer = operator.post(CHANGE, headers=HTMX)
    assert answer.status_code == 403 and answer["HX-Retarget"] == "#messages"
    assert "<html" not in text(answer)


@pytest.mark.item("S04")
def test_role_taken_away_is_gone_at_once(admin, workspace):
    assert admin.post(CHANGE).status_code == 200
    Membership.objects.filter(user__email="admin@oakcare.example").update(role="viewer")
    assert admin.post(CHANGE).status_code == 403
    Membership.objects.filter(user__email="admin@oakcare.example").delete()
    assert admin.get(LOOK).status_code == 404


def test_nobody_is_sent_to_sign_in_and_back(client, db):
    assert client.get(LOOK + "?q=1&p=2").url == "/sign-in/?next=/w/oak-care/guarded/%3Fq%3D1%26p%3D2"


def test_poll_of_nobody_stops_with_a_notice_and_never_navigates(client, db):
    answer = client.get(LOOK + "?seen=7", headers=HTMX)
    assert answer.status_code == 286
    assert answer["HX-Retarget"] == "#messages" and "HX-Redirect" not in answer
    assert "session has ended" in text(answer) and "/sign-in/?next=/w/oak-care/guarded/%3Fpage%3D2" in text(answer)


def test_fragment_for_nobody_sends_the_whole_page_to_sign_in(client, db):
    answer = client.get(LOOK, headers=HTMX)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in/?next=/w/oak-care/guarded/%3Fpage%3D2"
    evil = client.get(LOOK, headers={**HTMX, "HX-Current-URL": "https://evil.example//evil.example/"})
    assert evil["HX-Redirect"] == "/sign-in/?next=/w/"


def test_htmx_post_of_nobody_gets_the_dialog_and_the_page_lives_on(owner, sandbox):
    client = Client(enforce_csrf_checks=True)
    token = client.get("/sign-in/").cookies["csrftoken"].value
    answer = client.post(CHANGE, {"csrfmiddlewaretoken": token}, headers=HTMX)
    assert answer.status_code == 401 and answer["HX-Retarget"] == "#messages"
    assert 'hx-post="/sign-in/"' in text(answer) and "data-sign-in-dialog" in text(answer)

    typed = {"email": "owner@oakcare.example", "csrfmiddlewaretoken": token}
    wrong = client.post("/sign-in/", {**typed, "password": "wrong"}, headers=HTMX)
    assert wrong.status_code == 422 and "data-sign-in-dialog" in text(wrong)

    right = client.post("/sign-in/", {**typed, "password": "practice-makes-calm"}, headers=HTMX)
    assert right.status_code == 200 and "signed in again" in text(right)
    new = json.loads(right["HX-Trigger"])["signed-in"]["token"]
    assert client.post(CHANGE, {"csrfmiddlewaretoken": token}, headers=HTMX).status_code == 403, "the old one is dead"
    assert text(client.post(CHANGE, {"csrfmiddlewaretoken": new}, headers=HTMX)) == "changed by owner@oakcare.example"


def test_form_of_an_expired_session_is_parked_and_shown_to_its_person_alone(owner, stranger, sandbox, settings):
    sandbox.tick(settings.SESSION_IDLE_SECONDS + 1)
    body = {
        "name": "Northgate <b>",
        "system_instruction": "line 1\nline 2",
        "csrfmiddlewaretoken": "t",
        "password": "p",
    }
    answer = owner.post(CHANGE + "?x=1", body)
    parked = ParkedForm.objects.get()
    assert answer.url == f"/sign-in/?next=/account/parked/{parked.pk}/&unsent=kept"
    assert "Northgate" not in parked.body

    owner.post("/sign-in/", {"email": "owner@oakcare.example", "password": "practice-makes-calm"})
    page = text(owner.get(f"/account/parked/{parked.pk}/"))
    assert "Northgate &lt;b&gt;" in page and "line 2" in page and 'action="/w/oak-care/guarded/change/?x=1"' in page
    assert 'name="password"' not in page

    stranger.post("/sign-in/", {"email": "stranger@elsewhere.example", "password": "practice-makes-calm"})
    assert stranger.get(f"/account/parked/{parked.pk}/").status_code == 302
    sandbox.tick(16 * 60)
    assert owner.get(f"/account/parked/{parked.pk}/").status_code == 302


def test_form_of_a_session_of_which_nothing_is_left_is_not_kept(owner):
    Session.objects.all().delete()
    assert owner.post(CHANGE, {"name": "x"}).url == f"/sign-in/?next={CHANGE}&unsent=lost"
    assert not ParkedForm.objects.exists()


def test_project_of_the_address_and_the_last_one_seen(owner, project_id):
    assert text(owner.get("/w/oak-care/guarded/sidebar/")) == "no project"
    owner.get(f"/w/oak-care/guarded/{project_id}/reads/")
    assert text(owner.get(f"/w/oak-care/guarded/{project_id}/")) == f"{project_id} Northgate Clinics"
    assert text(owner.get("/w/oak-care/guarded/sidebar/")) == "Northgate Clinics"
    owner.get("/w/oak-care/guarded/nothing-like-it/")
    assert text(owner.get("/w/oak-care/guarded/sidebar/")) == "no project", "a project nobody knows is not shown"


def test_hostile_ids_are_only_strange(owner):
    for strange in ("%00", "..%2f", "a" * 5000, "%F0%9F%92%A5", "%27%22%3E"):
        assert owner.get(f"/w/oak-care/guarded/{strange}/reads/").status_code in (200, 404)


def test_poll_costs_three_queries(owner, django_assert_num_queries):
    with django_assert_num_queries(3):
        owner.get(LOOK + "?seen=1")


def test_page_of_four_reads_costs_eight_queries_at_most(owner, project_id, sandbox, django_assert_max_num_queries):
    address = f"/w/oak-care/guarded/{project_id}/reads/"
    with django_assert_max_num_queries(12):
        owner.get(address)  # the first of all: also remembers the project in the session
    with django_assert_max_num_queries(4):
        assert "Northgate" in text(owner.get(address))
    sandbox.tick(120)
    with django_assert_max_num_queries(8):
        assert "Northgate" in text(owner.get(address + "?fresh=1"))


def test_every_guarded_view_carries_its_role():
    from tests.accounts import guarded_urls

    assert guarded_urls.change.required_role == "admin" and guarded_urls.look.required_role == "viewer"
