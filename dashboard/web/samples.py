"""Made-up facts for the component page and the sample page of a workspace."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.utils import timezone

from dashboard.web import charts
from dashboard.web.registry import NavItem

BADGES = [
    ("Answered", "good", False),
    ("Ringing", "busy", False),
    ("No answer", "", False),
    ("Voicemail", "odd", False),
    ("Failed", "bad", False),
    ("Unknown", "bad", True),
    ("Reserved", "", True),
]
AGENTS = [
    ("Appointment reminder", True, "asks for name, clinic, time", "Aria", "+14155550132", 148),
    ("Missed visit follow-up", False, "asks for name, missed_on", "Roger", "+14155550147", 51),
    ("Intake questions", False, "no variables", "Aria", "", 13),
    ("Flu season notice", False, "asks for name", "Sarah", "", 0),
]
CALLS = [
    ("+12065550100", "Ringing", "busy", False, "", "Appointment reminder", "now", ""),
    ("+12065550118", "Answered", "good", False, "1 min 42 s · $0.34", "Appointment reminder", "14:02", "$0.34"),
    ("+13125550112", "No answer", "", False, "rang 25 s", "Missed visit follow-up", "13:57", "–"),
    ("+12065550113", "Voicemail", "odd", False, "19 s · $0.06", "Appointment reminder", "13:41", "$0.06"),
    ("+15035550119", "Unknown", "bad", True, "Talkstack never answered", "Appointment reminder", "13:20", "–"),
]
WEEK = [
    ("Mon", 24, 40),
    ("Tue", 41, 75),
    ("Wed", 33, 60),
    ("Thu", 60, 90),
    ("Fri", 18, 30),
    ("Sat", 0, 0),
    ("Sun", 0, 4),
]
PROMPT = """Hello {{name}}, this is {{clinic}}. Your visit is on {{time}}.

Ask whether <b>they</b> will come. If not, offer another day."""


class SampleForm(forms.Form):
    """One field of each sort."""

    name = forms.CharField(help_text="What people call it.")
    description = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    voice = forms.ChoiceField(choices=[("a", "Aria, American"), ("r", "Roger, British")])
    answer = forms.ChoiceField(
        label="If it rings and nobody answers",
        choices=[("no", "Leave it"), ("again", "Try again once")],
        widget=forms.RadioSelect,
        initial="no",
    )
    cascade = forms.BooleanField(label="Delete the agents and numbers as well", required=False)


def _wrong() -> SampleForm:
    form = SampleForm({"voice": "x", "answer": ""}, auto_id="wrong_%s")
    form.add_error(None, "Talkstack refused this: the account has no credit left.")
    return form


def context() -> dict[str, Any]:
    """Every component's facts, in every state."""
    moment = timezone.now() - timedelta(seconds=40)
    error = SimpleNamespace(sentence="Talkstack cannot be reached at the moment.")
    return {
        "badges": BADGES,
        "moment": moment,
        "fresh": SimpleNamespace(at=moment, stale=True, error=None),
        "kept": SimpleNamespace(at=moment - timedelta(hours=2), stale=True, error=error),
        "missing": SimpleNamespace(at=None, stale=True, error=error),
        "form": SampleForm(),
        "wrong": _wrong(),
        "chart": charts.bars(WEEK, "Day", "Answered", "Calls"),
        "prompt": PROMPT,
        "calls": CALLS,
    }


def workspace_context() -> dict[str, Any]:
    """What a project's page would show; the sidebar is made up as well."""
    project = SimpleNamespace(id="p1", name="Northgate Clinics")
    return context() | {
        "workspace": SimpleNamespace(name="Oak Care", slug="oak-care", practice=True),
        "membership": SimpleNamespace(get_role_display="Operator"),
        "user": SimpleNamespace(email="operator@oakcare.example"),
        "project": project,
        "nav": _nav(project.name),
        "home_url": "#main",
        "practice_url": "#main",
        "agents": AGENTS,
    }


def _nav(project_name: str) -> list[dict[str, Any]]:
    groups = {
        "Work": [("Home", "house", None), ("Calls", "phone", "1,284"), ("Batches", "list", "2")],
        project_name: [("Overview", "box", None), ("Agents", "bot", "4"), ("Numbers", "hash", "3")],
        "Workspace": [("Voices", "audio-lines", None), ("Team", "users", "5"), ("Activity", "clock", None)],
    }
    return [{"label": label, "items": [_line(*line) for line in lines]} for label, lines in groups.items()]


def _line(label: str, icon: str, count: str | None) -> dict[str, Any]:
    item = NavItem("work", label, icon, "", 0)
    return {"item": item, "url": "#main", "current": label == "Overview", "count": count}
