"""The practice room: what each number does, things to try, and what goes wrong on purpose."""

import html
from typing import Any

import pytest

from dashboard.accounts.models import Connection, Membership, User, Workspace
from dashboard.activity.models import Entry

ROOM, FAULTS = "/w/oak-care/practice/", "/w/oak-care/practice/faults/"
BAD = "<script>alert(1)</script>"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_every_practice_number_is_explained(viewer):
    said = text(viewer.get(ROOM))
    for words in ("11", "The line is busy", "Voicemail", "Dropped", "anything else", "+1 206 555 0113"):
        assert words in said
    assert "0 phones rung in practice so far" in said and "the stand-in behaves" in said


def test_things_to_try_lead_somewhere(admin, viewer, project_id):
    admin.get(f"/w/oak-care/projects/{project_id}/numbers/")
    said = admin.get(ROOM).content.decode()
    assert said.partition("Things to try")[2].count("<li>") == 5
    assert f"/projects/{project_id}/calls/new/?number=%2B12065550119" in said
    assert f"/projects/{project_id}/numbers/assign/" in said
    assert "Needs the role operator." in text(viewer.get(ROOM)) and ">Switch on<" not in text(viewer.get(ROOM))


@pytest.mark.parametrize(
    ("fault", "kind"), [("away", "down"), ("lost", "lost-close"), ("error", "html"), ("key", "401"), ("slow", "slow")]
)
def test_each_fault_is_switched_on_and_off(admin, sandbox, fault, kind):
    answer = admin.post(FAULTS, {"fault": fault, "times": "3"})
    assert answer.status_code == 303
    rule = sandbox.faults.rules()[0]
    assert (rule.kind, rule.times) == (kind, 3)
    said = text(admin.get(ROOM))
    assert "for 3 more requests" in said and "Another fault" not in said
    assert admin.post(FAULTS, {"clear": str(rule.id)}).status_code == 303
    assert sandbox.faults.rules() == []
    verbs = list(Entry.objects.filter(kind="fault").order_by("pk").values_list("verb", "outcome__result"))
    assert verbs == [("practice.fault", "done"), ("practice.clear", "done")]


def test_until_switched_off_and_all_at_once(admin, sandbox):
    admin.post(FAULTS, {"fault": "away", "times": "0"})
    admin.post(FAULTS, {"fault": "slow", "times": "10"})
    said = text(admin.get(ROOM))
    assert "until it is switched off" in said and "Switch everything off" in said
    admin.post(FAULTS, {"clear": "all"})
    assert sandbox.faults.rules() == []


def test_a_refused_key_leaves_the_way_back_open(admin, owner, workspace, sandbox):
    admin.post(FAULTS, {"fault": "key", "times": "0"})
    from dashboard.accounts import queries
    from dashboard.accounts.upstream import Upstream

    reads = Upstream(workspace).fresh(projects=queries.projects())
    assert reads.error is not None and reads.error.status == 401
    workspace.connection.refresh_from_db()
    assert not workspace.connection.sign_in_needed
    admin.post(FAULTS, {"clear": "all"})
    assert Upstream(workspace).fresh(projects=queries.projects()).error is None


def test_a_fault_that_is_used_up_is_not_shown(admin, sandbox):
    sandbox.faults.add("down", times=1).hits = 1
    assert "the stand-in behaves" in text(admin.get(ROOM))


def test_a_fault_from_elsewhere_is_shown_by_its_kind(admin, sandbox):
    sandbox.faults.add("huge", path="/voices", times=2)
    assert "Another fault: huge for /voices" in text(admin.get(ROOM))


@pytest.mark.parametrize(
    "wrong", [{}, {"fault": "nothing", "times": "3"}, {"fault": "away", "times": "7"}, {"clear": "x"}, {"clear": "-1"}]
)
def test_invalid(admin, sandbox, wrong):
    answer = admin.post(FAULTS, wrong)
    assert answer.status_code == 422 and sandbox.faults.rules() == []
    if wrong.get("fault") == "away":
        assert 'value="away"' in text(answer) and "checked" in text(answer)


def test_fragment(admin):
    htmx = {"HX-Request": "true", "HX-Target": "practice-faults"}
    answer = admin.post(FAULTS, {}, headers=htmx)
    assert answer.status_code == 422 and "<html" not in text(answer) and 'id="practice-faults"' in text(answer)
    assert admin.post(FAULTS, {"fault": "away", "times": "1"}, headers=htmx)["HX-Redirect"] == ROOM


def test_the_stand_in_does_not_answer(admin, sandbox, unmounted):
    answer = admin.get(ROOM)
    assert answer.status_code == 200 and "The practice server cannot be reached." in text(answer)
    assert admin.get("/w/oak-care/practice/outbox/").status_code == 200
    answer = admin.post(FAULTS, {"fault": "away", "times": "1"})
    assert answer.status_code == 502 and "cannot be reached" in text(answer)
    assert Entry.objects.get(kind="fault").outcome.result == "failed"
    assert admin.post(FAULTS, {"clear": "all"}).status_code == 502


def test_not_in_a_live_workspace(admin, workspace):
    Workspace.objects.filter(pk=workspace.pk).update(practice=False)
    for url in (ROOM, "/w/oak-care/practice/outbox/"):
        assert admin.get(url).status_code == 404
    assert admin.post(FAULTS, {"fault": "away", "times": "1"}).status_code == 404


def test_roles_strangers_and_verbs(viewer, operator, owner, stranger):
    assert viewer.post(FAULTS, {}).status_code == 403 and operator.post(FAULTS, {}).status_code == 403
    assert viewer.get("/w/oak-care/practice/outbox/").status_code == 403
    assert operator.get("/w/oak-care/practice/outbox/").status_code == 200
    assert stranger.get(ROOM).status_code == 404 and stranger.post(FAULTS, {}).status_code == 404
    assert owner.get(FAULTS).status_code == 405 and owner.post(ROOM).status_code == 405


def test_few_queries(viewer, project_id, django_assert_max_num_queries):
    viewer.get(ROOM)
    with django_assert_max_num_queries(8):
        viewer.get(ROOM)


class TestOutbox:
    URL = "/w/oak-care/practice/outbox/"

    def mail(self, sandbox: Any, to: str, text: str = "Hello", **more: str) -> None:
        from dashboard.sandbox.store import Mail

        sandbox.outbox.append(Mail(to, "Your code", text, sandbox.now(), **more))

    def test_empty(self, operator):
        assert "No mail yet" in text(operator.get(self.URL))

    def test_codes_and_links_are_shown_as_text(self, operator, sandbox):
        self.mail(sandbox, "new@oakcare.example", BAD, code="123456", link="javascript:alert(1)")
        body = operator.get(self.URL).content.decode()
        assert "123456" in body and BAD not in body and 'href="javascript' not in body

    def test_what_talkstack_would_mail_after_a_forgotten_password(self, owner, operator, admin, sandbox, workspace):
        from dashboard.accounts.upstream import Upstream

        Upstream(workspace).client().auth.forgot_password("owner@oakcare.example")
        for other in (operator, admin):
            assert "Reset your password" not in text(other.get(self.URL)), (
                "a link opens the account of somebody above them"
            )
        said = text(owner.get(self.URL))
        assert "Reset your password" in said and "To owner@oakcare.example" in said and "token=" in said

    def test_mails_of_other_workspaces_stay_theirs(self, owner, admin, sandbox, stranger):
        self.mail(sandbox, "Stranger@elsewhere.example", "secret of theirs")
        self.mail(sandbox, "admin@oakcare.example", "ours")
        self.mail(sandbox, "nobody-yet@example.org", "a newcomer")
        said = text(admin.get(self.URL))
        assert "ours" in said and "a newcomer" in said and "secret of theirs" not in said
        other = Workspace.objects.create(name="Third", slug="third", practice=True)
        Connection.objects.create(workspace=other, account_email="Account@third.example")
        self.mail(sandbox, "account@third.example", "theirs too")
        assert "theirs too" not in text(admin.get(self.URL))
        sam = User.objects.get(email="stranger@elsewhere.example")
        Membership.objects.create(workspace=Workspace.objects.get(slug="oak-care"), user=sam, role="viewer")
        assert "secret of theirs" in text(admin.get(self.URL))

    def test_fragment_and_verbs(self, operator, stranger):
        htmx = {"HX-Request": "true", "HX-Target": "practice-mails"}
        assert "<html" not in text(operator.get(self.URL, headers=htmx))
        assert operator.post(self.URL).status_code == 405 and stranger.get(self.URL).status_code == 404

    def test_few_queries(self, operator, sandbox, django_assert_max_num_queries):
        for n in range(50):
            self.mail(sandbox, f"p{n}@example.org")
        with django_assert_max_num_queries(8):
            operator.get(self.URL)
