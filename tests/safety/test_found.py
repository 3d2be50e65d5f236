"""Ways in that were once open: each is tried again."""

import pytest
from django.test import Client

from dashboard.accounts import local_reset
from dashboard.accounts.models import Membership, ParkedForm, Session, User
from dashboard.activity.models import Entry
from tests.accounts.conftest import person
from tests.accounts.test_lockout import CAFE, EMAIL, WRONG, attempt
from tests.accounts.test_second_factor import app_code, first_step, set_up
from tests.conftest import sign_in, text


@pytest.mark.item("S13")
def test_failures_count_also_while_talkstack_is_away(db, sandbox, settings):
    person(EMAIL)
    sandbox.faults.add("down", times=0)
    assert [attempt(EMAIL, WRONG).status_code for _ in range(5)] == [503] * 5
    assert attempt(EMAIL, settings.DEMO_PASSWORD).status_code == 429
    assert attempt(EMAIL, settings.DEMO_PASSWORD, CAFE).status_code == 302


class TestResetLinks:
    @pytest.fixture
    def maker(self, admin, operator):
        return Membership.objects.get(user__email="admin@oakcare.example")

    @pytest.fixture
    def token(self, maker):
        return local_reset.make_token(User.objects.get(email="operator@oakcare.example"), by=maker)

    @pytest.mark.item("S17")
    def test_good_while_whoever_made_it_could_make_another(self, token):
        assert local_reset.check(token).email == "operator@oakcare.example"

    @pytest.mark.item("S08")
    def test_a_promotion_ends_it(self, token):
        Membership.objects.filter(user__email="operator@oakcare.example").update(role="owner")
        assert local_reset.check(token) is None

    @pytest.mark.item("S04")
    @pytest.mark.parametrize("how", ["lowered", "removed", "switched off"])
    def test_it_ends_with_the_rights_of_whoever_made_it(self, maker, token, how):
        if how == "lowered":
            Membership.objects.filter(pk=maker.pk).update(role="operator")
        elif how == "removed":
            maker.delete()
        else:
            User.objects.filter(pk=maker.user_id).update(is_active=False)
        assert local_reset.check(token) is None


def test_refusals_are_written_down_once_an_hour_also_of_polls(viewer, sandbox):
    for _ in range(20):
        viewer.get("/w/oak-care/settings/?seen=1")
    assert Entry.objects.filter(verb="access.refused").count() == 1
    sandbox.tick(3601)
    viewer.get("/w/oak-care/settings/")
    assert Entry.objects.filter(verb="access.refused").count() == 2


@pytest.mark.parametrize("name", ["The dashboard", " the  DASHBOARD ", "Somebody", "Rob\u202ein", "Rob\u200bin"])
def test_nobody_is_called_like_the_dashboard(viewer, name):
    answer = viewer.post("/account/", {"name": name, "time_zone": "UTC"})
    assert answer.status_code == 422
    assert User.objects.get(email="viewer@oakcare.example").name == "Viewer Sample"


def test_saving_nothing_is_not_written_down(viewer):
    viewer.post("/account/", {"name": "Viewer Sample", "time_zone": ""})
    assert not Entry.objects.filter(verb="person.update").exists()


@pytest.mark.item("S15")
def test_removing_the_second_factor_ends_the_other_sessions(workspace, sandbox):
    otto = person("otto@oakcare.example", workspace, "admin")
    here = sign_in(otto.email)
    set_up(here, otto)
    sandbox.tick(60)
    there = first_step()
    there.post("/sign-in/code/", {"code": app_code(otto)})
    assert there.get("/account/").status_code == 200
    here.post("/account/second-factor/remove/")
    assert "/sign-in/" in there.get("/account/").url


@pytest.mark.item("S15")
def test_wrong_codes_elsewhere_do_not_lock_the_person_out(workspace, sandbox):
    otto = person("otto@oakcare.example", workspace, "admin")
    mine = sign_in(otto.email)
    set_up(mine, otto)
    sandbox.tick(60)
    stranger = first_step()
    for _ in range(6):
        answer = stranger.post("/sign-in/code/", {"code": "x"}, REMOTE_ADDR=CAFE)
    assert answer.status_code == 429
    mine.post("/sign-out/")
    first_step(client=mine)
    assert mine.post("/sign-in/code/", {"code": app_code(otto)}).status_code == 302


@pytest.mark.item("S32")
def test_forms_that_were_not_filled_in_are_answered_at_once(db, sandbox, settings):
    import time

    settings.SIGN_IN_FLOOR_SECONDS = 2
    for path in ("/sign-in/", "/forgot/", "/reset/", "/sign-up/", "/verify/"):
        began = time.perf_counter()
        assert Client().post(path, {}).status_code == 422
        assert time.perf_counter() - began < 1.5, path


@pytest.mark.item("S31")
@pytest.mark.parametrize("url", ["http://[", "http://[::1", "//[", "\\\\["])
def test_addresses_that_cannot_be_read(operator, sandbox, url):
    headers = {"HX-Request": "true", "HX-Current-URL": url}
    assert Client().get("/w/oak-care/", headers=headers).status_code == 401
    sandbox.tick(901)
    answer = operator.post("/account/second-factor/start/", {"fresh_back": url}, headers={"Referer": url})
    assert answer.status_code == 403 and 'href="/w/">Cancel' in text(answer)


def test_the_secret_of_a_waiting_factor_is_shown_with_a_fresh_password_only(operator, sandbox):
    operator.post("/account/second-factor/start/")
    assert operator.get("/account/second-factor/confirm/").status_code == 200
    sandbox.tick(901)
    assert operator.get("/account/second-factor/confirm/").status_code == 302


def test_rows_from_outside_are_bounded(operator, sandbox, settings):
    before = Session.objects.count()
    for _ in range(70):
        Client().get("/reset/?token=made-up")
    assert Session.objects.count() - before <= 60
    sandbox.tick(settings.SESSION_IDLE_SECONDS + 1)
    cookie = operator.cookies["sessionid"].value
    for number in range(8):
        operator.cookies["sessionid"] = cookie
        operator.post("/w/oak-care/projects/new/", {"name": f"x{number}"})
    assert ParkedForm.objects.count() == 5


@pytest.mark.item("S13")
@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("::ffff:203.0.113.9", CAFE),
        ("203.0.113.9:4711", CAFE),
        ("[2001:db8::7]:443", "2001:db8::"),
        ("junk", "0.0.0.0"),
    ],
)
def test_addresses_as_servers_and_proxies_write_them(rf, told, meant):
    from dashboard.accounts import lockout

    assert lockout.address_of(rf.get("/", REMOTE_ADDR=told)) == meant
