"""The editor's page: what its template needs, whoever asks for it."""

from typing import Any

from django.http import HttpResponse

from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.reads import Read
from dashboard.agents import digest, newlines, prompts, voicing
from dashboard.agents.forms import AgentForm
from dashboard.talkstack import Agent
from dashboard.web import diff
from dashboard.web.render import page


def initial(agent: Agent) -> dict[str, str]:
    """What an unbound form shows of an agent."""
    return {
        "name": agent.name,
        "system_instruction": agent.prompt,
        "voice_id": agent.voice_id,
        "loaded": digest.of_agent(agent),
    }


def voice_ids(voices: Read) -> set[str] | None:
    """The ids of the catalogue; None when it could not be read."""
    return {voice.id for voice in voices.value} if voices.value is not None else None


def show(
    request: WorkspaceRequest,
    form: AgentForm,
    voices: Read,
    *,
    project_id: str,
    status: int = 200,
    note: tuple[str, str] | None = None,
    theirs: Agent | None = None,
    unsaved: bool = False,
) -> HttpResponse:
    """The editor. `note` is a title and a text above it; `theirs` makes it the page about somebody who saved first."""
    agent, typed = form.current, form.typed_prompt()
    has = agent.voice_id if agent else ""
    context: dict[str, Any] = {
        "form": form,
        "agent": agent,
        "project_id": project_id,
        "report": prompts.report(typed),
        "choices": voicing.choices(voices.value, has, request.workspace, is_new=agent is None),
        "chosen": str(form["voice_id"].value() or ""),
        "voices": voices,
        "note": note,
        "unsaved": unsaved or bool(form.errors) or note is not None,
        "theirs": theirs,
    }
    if theirs is not None:
        context["changes"] = _changes(theirs, form, voices)
        context["lines"] = diff.compare(theirs.prompt, typed)
        context["same_words"] = newlines.same_words(theirs.prompt, typed)
    return page(request, "agents/edit.html" if agent else "agents/new.html", context, status=status)


def _changes(theirs: Agent, form: AgentForm, voices: Read) -> list[tuple[str, str, str]]:
    """Name and voice when they differ: what, saved, yours."""
    mine = {"name": str(form["name"].value() or ""), "voice": str(form["voice_id"].value() or "")}
    found = []
    if mine["name"] != theirs.name:
        found.append(("Name", theirs.name, mine["name"]))
    if mine["voice"] != theirs.voice_id:
        saved, yours = (voicing.named(voices.value, one) or "not said" for one in (theirs.voice_id, mine["voice"]))
        found.append(("Voice", saved, yours))
    return found
