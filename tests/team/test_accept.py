"""From the link to the first page."""

import pytest
from django.conf import settings as here
from django.test import Client

from dashboard.accounts.models import Membership, Session, User, Workspace
from dashboard.team.models import Invitation
from tests.conftest import sign_in, text
from tests.team.conftest import (
    NORA,
    PASSWORD,
    TEAM,
    at,
    came_with,
    elsewhere,
    entry,
    follow,
    invite,
    join,
    person,
    role_of,
    words,
)

PAGE = "/invitations/"
UNKNOWN = "No invitation was found for this link."


@pytest.fixture
def link(admin: Client) -> str:
    """An invitation of Nora as operator."""
    return invite(admin)


@pytest.mark.item("S17")
def test_the_token_leaves_the_address_and_is_nowhere_on_the_page(link):
    browser = came_with(link)
    page = browser.get(PAGE)
    token = link.strip("/").rpartition("/")[2]
    assert token not in text(page) and token not in repr(Session.objects.values()) + repr(dict(browser.session))
    assert page["Referrer-Policy"] == "same-origin" and "no-store" in page["Cache-Control"]


def test_page_says_who_invites_into_what_as_what_and_until_when(link):
    page = words(came_with(link).get(PAGE))
    assert "Join Oak Care" in page and "Admin Sample (admin@oakcare.example) invites you as an operator." in page
    assert "Start calls, and cancel those that still wait" in page and "12 Mar, 17:00" in page and NORA in page
    assert "Create, change and delete projects" not in page and "oak-care" not in page


def test_somebody_new_makes_an_account_and_lands_on_the_first_page(link):
    browser, answer = join(link, tz="Europe/Berlin")
    assert answer["Location"] == "/w/oak-care/"
    said = follow(browser, answer)
    assert "Welcome to Oak Care. You are an operator here." in said and "press “Start a call”" in said
    user = User.objects.get(email=NORA)
    assert (user.name, user.way, user.practice, role_of(NORA)) == ("Nora Newcomer", "local", False, "operator")
    assert browser.session["time_zone"] == "Europe/Berlin"
    assert entry("team.join").after == {"role": "operator", "invited_by": "admin@oakcare.example"}
    assert entry("sign_in").user == user and entry("team.join").user == user
    assert sign_in(NORA, PASSWORD).get("/w/oak-care/").status_code == 200


def test_this_browser_is_known_from_now_on(link):
    browser, _answer = join(link)
    assert "device" in browser.cookies


def test_without_a_zone_or_with_a_made_up_one(link):
    browser, answer = join(link, tz="Mars/Olympus")
    assert answer.status_code == 303 and not browser.session.get("time_zone")


@pytest.mark.item("S05")
def test_nothing_but_name_and_password_is_taken_from_the_form(link, stranger):
    Invitation.objects.update(only_mailed=True)
    browser, answer = join(
        link, email="evil@evil.example", role="owner", workspace="elsewhere", way="talkstack", is_active="", id="1"
    )
    assert answer.status_code == 303
    assert role_of(NORA) == "operator" and not User.objects.filter(email="evil@evil.example").exists()
    assert browser.get("/w/elsewhere/").status_code == 404


@pytest.mark.item("S09")
@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "too short"),
        ("password1234", "too common"),
        (NORA, "too similar"),
        ("talkstackdashboard", "little more than a name"),
        ("", "required"),
    ],
)
def test_passwords_are_checked(link, password, why):
    browser, page = join(link, password=password)
    assert page.status_code == 422 and why in words(page) and "Nora Newcomer" in text(page)
    assert not User.objects.filter(email=NORA).exists()
    assert password == "" or f'value="{password}"' not in text(page).replace(f'id="id_email" value="{NORA}"', "")
    assert browser.post(PAGE, {"name": "Nora", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "No\x00ra"])
def test_names_are_checked(link, name):
    _browser, page = join(link, name=name)
    assert page.status_code == 422 and not User.objects.filter(email=NORA).exists()


@pytest.mark.item("S17")
def test_it_works_once(link):
    join(link)
    other, page = join(link, name="Eve")
    assert page.status_code == 410 and "It was used already" in words(page) and "Admin Sample" in words(page)
    assert User.objects.filter(email=NORA).count() == 1
    assert other.get("/w/oak-care/").status_code == 302


def test_looking_uses_nothing_up(link):
    for _ in range(3):
        assert came_with(link).get(PAGE).status_code == 200
        assert Client().head(link).status_code == 303
    assert Invitation.objects.get().used_at is None
    assert join(link)[1].status_code == 303


@pytest.mark.item("S17")
def test_it_runs_out_after_a_day(link, sandbox):
    sandbox.tick(24 * 3600 - 60)
    assert came_with(link).get(PAGE).status_code == 200
    sandbox.tick(61)
    browser, page = join(link)
    assert page.status_code == 410 and "It ran out" in words(page) and not User.objects.filter(email=NORA).exists()


def test_the_token_waits_for_an_hour_in_the_browser(link, sandbox):
    browser = came_with(link)
    for _ in range(3):
        sandbox.tick(1190)
        page = browser.get(PAGE)
    assert page.status_code == 200
    sandbox.tick(60)
    assert browser.get(PAGE).status_code == 404


def test_tokens_that_are_none_read_all_alike(nobody):
    pages = set()
    for token in ("x", "a" * 43, "A" * 5000, "%00", "..%2f", "نورا", "' OR 1=1--", "here-1.abc"):
        browser = Client()
        browser.get(f"/invitations/{token}/")
        page = browser.get(PAGE)
        assert page.status_code == 404
        pages.add(words(page))
    assert pages == {words(nobody.get(PAGE))} and UNKNOWN in pages.pop()


def test_another_link_takes_the_place_of_the_first_even_a_bad_one(link):
    browser = came_with(link)
    browser.get(f"/invitations/{'A' * 300}/")
    assert UNKNOWN in words(browser.get(PAGE))


def test_somebody_who_has_an_account_signs_in_and_joins(link):
    person(NORA, name="Nora Known")
    browser = came_with(link)
    page = browser.get(PAGE)
    assert "There is an account with this e-mail address already." in words(page)
    assert 'name="password"' not in text(page)
    assert "/sign-in/?next=/invitations/" in text(page)
    assert NORA in text(browser.get("/sign-in/?next=/invitations/"))
    answer = browser.post("/sign-in/", {"email": NORA, "password": here.DEMO_PASSWORD, "next": PAGE})
    assert answer["Location"] == PAGE
    page = browser.get(PAGE)
    assert "Join as an operator" in words(page)
    assert not Membership.objects.filter(user__email=NORA).exists(), "looking does not join"
    assert "Welcome to Oak Care." in follow(browser, browser.post(PAGE))
    assert role_of(NORA) == "operator"


def test_no_account_is_made_over_one_that_is_there(link):
    user = person(NORA, name="Nora Known")
    browser, answer = join(link)
    assert answer["Location"] == PAGE and not membership_of(user)
    user.refresh_from_db()
    assert user.name == "Nora Known" and user.check_password(here.DEMO_PASSWORD)


def membership_of(user: User) -> bool:
    return Membership.objects.filter(user=user).exists()


def test_with_a_talkstack_account_instead(link, sandbox):
    from dashboard.talkstack import Client as Talkstack
    from dashboard.talkstack import Servers

    api = Talkstack(Servers(here.SANDBOX_URL, here.SANDBOX_URL))
    api.auth.signup(NORA, PASSWORD, "Nora at Talkstack")
    api.auth.verify_email(NORA, sandbox.outbox[-1].code)
    browser = came_with(link)
    assert "You have a Talkstack account with this address?" in words(browser.get(PAGE))
    assert browser.post("/sign-in/", {"email": NORA, "password": PASSWORD, "next": PAGE})["Location"] == PAGE
    assert browser.post(PAGE).status_code == 303
    assert User.objects.get(email=NORA).way == "talkstack" and role_of(NORA) == "operator"


def test_signed_in_as_somebody_else_nothing_is_lost(link, viewer):
    came_with(link, viewer)
    page = words(viewer.get(PAGE))
    assert f"You are signed in as viewer@oakcare.example. This invitation is for {NORA}." in page
    assert viewer.post(PAGE, {"name": "Nora", "password": PASSWORD}).status_code == 200, "only shown"
    assert not User.objects.filter(email=NORA).exists()
    answer = viewer.post(PAGE, {"sign_out": "1"})
    assert answer["Location"] == PAGE and answer["Clear-Site-Data"]
    assert viewer.get("/w/oak-care/").status_code == 302 and entry("sign_out")
    assert "You are new here" in words(viewer.get(PAGE))
    assert viewer.post(PAGE, {"name": "Nora", "password": PASSWORD})["Location"] == "/w/oak-care/"


@pytest.mark.item("S08")
def test_nobody_joins_with_the_invitation_of_another(link, stranger):
    came_with(link, stranger)
    stranger.post(PAGE, {"email": NORA})
    assert not Membership.objects.filter(user__email="stranger@elsewhere.example", workspace__slug="oak-care").exists()
    assert Invitation.objects.get().used_at is None


def test_pressed_twice_leads_in(link):
    browser, _answer = join(link)
    came_with(link, browser)
    assert "You belong to Oak Care already." in follow(browser, browser.get(PAGE))
    assert "You belong to Oak Care already." in follow(browser, browser.post(PAGE))


def test_a_member_by_now_keeps_the_role_they_have(link, workspace):
    person(NORA, workspace, "viewer")
    browser = came_with(link, sign_in(NORA))
    assert browser.post(PAGE).status_code == 303
    assert role_of(NORA) == "viewer" and Invitation.objects.get().used_at


@pytest.mark.item("S04")
@pytest.mark.parametrize("how", ["removed", "lowered", "switched off"])
def test_an_invitation_is_worth_what_its_sender_may_do(owner, link, how):
    browser = came_with(link)
    if how == "removed":
        owner.post(at("admin", "remove/"))
    elif how == "lowered":
        owner.post(at("admin"), {"role": "operator"})
    else:
        User.objects.filter(email="admin@oakcare.example").update(is_active=False)
    page = browser.post(PAGE, {"name": "Nora", "password": PASSWORD})
    assert page.status_code == 410 and not User.objects.filter(email=NORA).exists()
    assert ("withdrawn" if how != "switched off" else "may no longer invite you") in words(page)


def test_it_does_not_count_again_when_its_sender_is_back(owner, link, workspace):
    owner.post(at("admin", "remove/"))
    Membership.objects.create(workspace=workspace, user=User.objects.get(email="admin@oakcare.example"), role="admin")
    assert join(link)[1].status_code == 410


def test_the_list_says_that_it_no_longer_counts(owner, link):
    User.objects.filter(email="admin@oakcare.example").update(is_active=False)
    assert "No longer good: Admin Sample may not invite as an operator any more." in words(owner.get(TEAM))


def test_an_admin_invited_by_somebody_who_is_only_admin_now(owner, workspace):
    from tests.team.conftest import second_owner

    other = second_owner(workspace)
    link = invite(other, role="admin")
    owner.post(at("second"), {"role": "admin"})
    assert join(link)[1].status_code == 410


@pytest.mark.item("S32")
def test_so_many_links_an_hour_from_one_place(nobody, link):
    for n in range(60):
        assert nobody.get(f"/invitations/guess-{n}/").status_code == 303
    page = nobody.get(link)
    assert page.status_code == 429 and page["Retry-After"] and "Try again in" in words(page)
    assert nobody.get(link, REMOTE_ADDR="203.0.113.9").status_code == 303


@pytest.mark.item("S17")
def test_no_log_line_holds_a_token(link, nobody, caplog):
    from dashboard.web.logs import JsonFormatter

    token = link.strip("/").rpartition("/")[2]
    join(link)
    nobody.post(link)
    for _ in range(61):
        nobody.get(link)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("/invitations/***" in line for line in lines)
    assert not [line for line in lines if token in line]


@pytest.fixture(params=["anyone", "listed", "a second workspace"])
def strangers(request, settings, owner):
    if request.param == "a second workspace":
        Workspace.objects.create(name="Elm & Sons", slug="elm", practice=True)
    else:
        settings.OPEN_WORKSPACES = request.param
    return settings


def test_where_strangers_invite_a_link_that_was_shown_makes_no_account(strangers, admin):
    link = invite(admin)
    unknown = words(came_with(link).get(PAGE))
    browser, answer = join(link)
    assert answer["Location"] == PAGE and not User.objects.filter(email=NORA).exists()
    assert "Sign in with the account of this e-mail address" in unknown and "new here" not in unknown
    person(NORA)
    assert words(came_with(link).get(PAGE)) == unknown, "it tells nobody who has an account here"
    browser.post("/sign-in/", {"email": NORA, "password": here.DEMO_PASSWORD})
    assert browser.post(PAGE).status_code == 303 and role_of(NORA) == "operator"


def test_where_strangers_invite_a_mailed_link_makes_one(strangers, admin):
    from django.core import mail as sent

    from dashboard.accounts import mail

    strangers.EMAIL_URL, strangers.EMAIL_FROM = "smtp+plain://127.0.0.1:2525", "dashboard@oakcare.example"
    strangers.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    admin.post(f"{TEAM}invite/", {"email": NORA, "role": "operator"})
    assert mail.send_next()
    link = next(line for line in sent.outbox[0].body.splitlines() if "/invitations/" in line)
    _browser, answer = join(link.removeprefix(here.PUBLIC_URL))
    assert answer["Location"] == "/w/oak-care/" and role_of(NORA) == "operator"


def test_a_link_that_was_shown_makes_no_account_after_mail_was_set_up(strangers, admin):
    link = invite(admin)
    strangers.EMAIL_URL, strangers.EMAIL_FROM = "smtp+plain://127.0.0.1:2525", "dashboard@oakcare.example"
    assert join(link)[1]["Location"] == PAGE and not User.objects.filter(email=NORA).exists()


def test_one_person_in_two_workspaces(link):
    user = person(NORA)
    elsewhere(user)
    browser = came_with(link, sign_in(NORA))
    assert browser.post(PAGE)["Location"] == "/w/oak-care/"
    assert Membership.objects.filter(user=user).count() == 2


def test_the_page_for_people_without_a_workspace_knows_of_invitations(owner):
    person("lost@newcomers.example")
    assert "Open the link of the invitation" in words(sign_in("lost@newcomers.example").get("/w/"))


def test_verbs(nobody, link):
    assert nobody.post(link).status_code == 405
    assert nobody.put(PAGE).status_code == nobody.delete(PAGE).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    came_with(link, strict)
    assert strict.post(PAGE, {"name": "Nora", "password": PASSWORD}).status_code == 403
    assert not User.objects.filter(email=NORA).exists()
