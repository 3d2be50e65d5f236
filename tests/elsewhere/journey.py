"""Walking through the dashboard as a person does, and what must hold on every page of it."""

import re
from html import unescape
from typing import Any

from django.test import Client as Browser

from dashboard.accounts.models import Workspace
from dashboard.calls import attempts, dialing, follow, reconcile
from dashboard.calls.models import Call
from tests.histories import read_all

from . import things
from .server import Elsewhere

PROMPT = "You are Ada from Sample Dental. Say: Hello {{name}}, your visit is on {{day}}."
NUMBER, CALLED = "+12065550180", "+12065550121"
RAW = ("nginx says no", "Upstream trouble", "<!DOCTYPE html><html><head><title>Up", "Traceback", "{'", "[{&quot;")


class Journey:
    """One person at one browser. Every answer is looked at: no 5xx of ours, nothing raw of the server's."""

    def __init__(self, browser: Browser, elsewhere: Elsewhere, clock: Any) -> None:
        self.browser, self.elsewhere, self.clock = browser, elsewhere, clock
        self.slug = Workspace.objects.get(practice=False).slug

    def url(self, path: str) -> str:
        return path if path.startswith("/") else f"/w/{self.slug}/{path}"

    def get(self, path: str, status: int = 200) -> str:
        answer = self.browser.get(self.url(path), follow=True)
        assert answer.status_code == status, said(answer)
        return said(answer)

    def post(self, path: str, fields: dict[str, str], status: int = 200) -> str:
        """Send the form of that page as a browser does, with its hidden fields; gives where it led."""
        page = self.browser.get(self.url(path)).content.decode()
        hidden = re.findall(r'<input type="hidden" name="(\w+)"[^>]* value="([^"]*)"', page)
        hidden = {name: unescape(value) for name, value in hidden if name != "csrfmiddlewaretoken"}
        answer = self.browser.post(self.url(path), hidden | fields, follow=True)
        self.at = answer.redirect_chain[-1][0] if answer.redirect_chain else self.url(path)
        assert answer.status_code == status, f"{answer.status_code} {said(answer)}"
        return said(answer)

    # --- the steps of the main job
    def create_project(self, name: str = "Sample Dental") -> str:
        page = self.post("projects/new/", {"name": name, "description": "Reminders."})
        assert f"{name} was created" in page, page
        self.project = self.at.rstrip("/").rsplit("/", 1)[1]
        return page

    def create_agent(self, name: str = "Ada", number: str = "") -> str:
        fields = {
            "name": name,
            "system_instruction": PROMPT,
            "voice_id": "AriaAriaAriaAriaAria",
            "phone_number": number,
        }
        page = self.post(f"projects/{self.project}/agents/new/", fields)
        assert f"{name} was created" in page, page
        self.agent = self.at.rstrip("/").rsplit("/", 1)[1]
        return page

    def assign(self) -> str:
        return self.post(f"projects/{self.project}/numbers/assign/", {"e164": NUMBER, "agent_id": self.agent})

    def find_ready(self) -> None:
        """A project with an agent that has a number, made by somebody else."""
        project = self.elsewhere.world.new_project("Sample Dental", "")
        body = {"projectId": project["id"], "name": "Ada", "systemInstruction": PROMPT, "phoneNumber": NUMBER}
        things.create_agent(self.elsewhere.world, body)
        self.project, self.agent = str(project["id"]), list(self.elsewhere.world.agents)[-1]

    def start_call(self, number: str = CALLED, **more: str) -> Call:
        fields = {"number": number, "var_name": "Robin <b>Sample</b>", "var_day": "Tuesday"} | more
        self.post(f"projects/{self.project}/calls/new/?agent={self.agent}", fields)
        return Call.objects.get(pk=self.at.rstrip("/").rsplit("/", 1)[1])

    def call_page(self, call: Call) -> str:
        return self.get(f"projects/{self.project}/calls/{call.pk}/")

    # --- the background process
    def send(self) -> None:
        while dialing.send_next("test worker"):
            pass

    def work(self, seconds: float, histories: bool = False) -> None:
        """The background process goes on for so long, by all clocks: in small steps for a minute, then in larger ones."""
        gone = 0.0
        while True:
            self.send()
            attempts.expire_leases()
            while reconcile.look_for_unknown():
                pass
            follow.follow_open()
            if histories and gone % 20 == 0:
                read_all()
            if gone >= seconds:
                return
            step = 4.0 if gone < 60 else 20.0
            self.clock.shift(step)
            gone += step


def said(answer: Any) -> str:
    """What a page says, looked at for what must never be there."""
    text = answer.content.decode()
    assert answer.status_code not in (500,), text[:3000]
    for raw in RAW:
        assert raw not in text, f"{raw!r} in {text[:6000]}"
    assert "<em>at ten</em>" not in text, "markup of the server's is live in our page"
    assert "<b>Clinic</b>" not in text
    assert "<b>Sample</b>" not in text
    text = re.sub(r"<(title|svg|script)\b.*?</\1>|<dialog\b.*", " ", text, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)))
