"""Every page: nothing for axe to find, nothing the security policy refuses, nothing that runs over the edge of a phone."""

import itertools
import re
from collections.abc import Callable

import pytest
from django.test import Client

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls.models import Call, QuestionSet
from dashboard.sandbox import Sandbox
from dashboard.webhooks import actions
from dashboard.webhooks.addresses import ensure
from tests.analysis.conftest import QUESTIONS, ask_about, base, questions
from tests.browser.conftest import Visitor, over_the_edge, problems, visitor_of
from tests.calls.conftest import DROPPED, start
from tests.conftest import OWNER_EMAIL, sign_in
from tests.histories import read_all
from tests.webhooks.conftest import deliver, told

pytestmark = pytest.mark.browser
VIEWS = "/w/oak-care/calls/views/"
STARTS = ["/w/oak-care/", "/w/oak-care/projects/", "/account/", "/w/?all=1"]
Look = Callable[[Visitor, str], list[str]]


class World:
    """A workspace in which every page has something to show, made through the pages themselves. `also` are addresses of
    states that no link leads to first: a call whose answer was lost, charts, a form with errors, a list without calls.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.workspace, self.owner = Workspace.objects.get(slug="oak-care"), sign_in(OWNER_EMAIL)
        self.agent = next(row for row in sandbox.store.agents.values() if row.name == "Appointment reminder")
        self.project = self.agent.project_id
        for calls in sandbox.store.project_calls.values():
            calls[:] = calls[-12:]  # short lists say as much to axe as long ones
        read_all()
        answered = Call.objects.filter(project_id=self.project, state="completed").latest("at")
        self.lose_an_answer()
        self.ask(answered)
        self.have_events(answered)
        self.owner.post(
            f"{VIEWS}save/", {"name": "Voicemails", "query": "state=voicemail", "whose": "team", "project_id": ""}
        )

    def lose_an_answer(self) -> None:
        """The background process sends it; the page of the call is looked at while it is unknown."""
        agent = Upstream(self.workspace).client().agents.get(self.project, self.agent.id)
        self.lost = start(self.owner, agent, DROPPED)["Location"]

    def ask(self, call: Call) -> None:
        """A set with every kind of question, about one call; the background process asks it."""
        self.owner.post(f"{base(self.project)}new/", questions(*QUESTIONS))
        self.questions = QuestionSet.objects.get()
        ask_about(self.owner, call, self.questions)
        self.answered = f"/w/oak-care/projects/{self.project}/calls/{call.pk}/"

    def have_events(self, call: Call) -> None:
        """A webhook with a secret, told twice."""
        endpoint = ensure(self.workspace, self.project, "Northgate Clinics")
        door = f"/hooks/{actions.secret_for(endpoint)}/"
        for body in (told(call.sid, "completed"), told("CA0", "ringing", note="no such call")):
            assert deliver(Client(), door, body).status_code == 200

    @property
    def also(self) -> list[str]:
        project, nobody = f"/w/oak-care/projects/{self.project}/", "/w/oak-care/calls/?days=1&state=busy&q=nobody"
        sets = base(self.project)
        return [
            self.lost, "/w/oak-care/calls/unknown/", self.answered,
            f"{sets}{self.questions.pk}/", f"{sets}ask/?days=any&set={self.questions.pk}",
            f"{project}webhook/", f"{project}webhook/events/", f"{project}calls/?min_seconds=many", nobody,
            f"{project}calls/?days=any&columns=length,by,line,variables&sort=-seconds",
        ]  # fmt: skip


def shape(path: str) -> str:
    """The kind of page that an address is of."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=voices/)[^/]+|(?<=/)\d+(?=/)", "*", path.split("?")[0])


def look(visitor: Visitor, path: str) -> list[str]:
    """Open a page once, and look at it in the light, in the dark and on a phone; gives what is wrong with it."""
    page = visitor.open(path)
    wrong = problems(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    wrong += [f"dark {problem}" for problem in problems(page, "color-contrast")]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 844})
    wrong += over_the_edge(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    return wrong


def walk(visitor: Visitor, first: list[str], look: Look) -> tuple[dict[str, str], list[str]]:
    """Look at the first pages, and at one of each kind that links lead to from there; gives an address of each kind, and
    what is wrong.
    """
    seen: dict[str, str] = {}
    wrong: list[str] = []
    waiting, elsewhere = list(first), ("/preview/", "/recording/", "/export/")
    for turn in itertools.count():
        path = waiting.pop(0)
        if turn < len(first) or not (shape(path) in seen or any(part in path for part in elsewhere)):
            wrong += look(visitor, path)
            seen[shape(path)] = path
            waiting += visitor.page.eval_on_selector_all(
                "a[href^='/']", "all => all.map(one => one.getAttribute('href'))"
            )
        if not waiting:
            return seen, wrong
    raise AssertionError("it ends when nothing waits")


def test_every_page_in_light_and_dark_wide_and_narrow(site, people, worker, browser, sandbox):
    world = World(sandbox)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    visitor = visitor_of(context, site.url).sign_in()
    visitor.open_until(world.lost, "#decide")
    visitor.open_until(f"{base(world.project)}{world.questions.pk}/", "svg.bars")
    visitor.open_until(f"/w/oak-care/projects/{world.project}/webhook/events/", "tbody .badge.good")
    seen, wrong = walk(visitor, [*world.also, "/w/oak-care/calls/", *STARTS], look)
    wrong += visitor.reports
    assert not wrong, "\n".join(wrong)
    events, sets = "/w/oak-care/projects/*/webhook/events/*/", "/w/oak-care/projects/*/questions/*/edit/"
    assert len(seen) > 40 and {events, sets, VIEWS, "/w/oak-care/background/"} <= seen.keys(), seen
    context.close()


def test_pages_without_a_session(visitor):
    for path in ("/sign-in/", "/nowhere/"):
        visitor.open(path)
        assert problems(visitor.page) == []


def test_everything_is_reached_with_the_keyboard(visitor):
    visitor.sign_in()
    page = visitor.open("/w/oak-care/projects/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name || ''"))
    links = page.eval_on_selector_all(
        "main a[href], .side-nav a[href]", "all => all.map(one => one.getAttribute('href'))"
    )
    assert not [link for link in links if link not in reached]
