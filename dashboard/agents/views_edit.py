"""Making and changing an agent. Whatever goes wrong, what was typed stays on the page."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.reads import Read
from dashboard.agents import actions, digest, editor, reading
from dashboard.agents.forms import AgentForm, NewAgentForm
from dashboard.talkstack import Agent, NotFound, OutcomeUnknown, Refused, TalkstackError
from dashboard.web import forms as web_forms
from dashboard.web import phone, problems
from dashboard.web.links import link
from dashboard.web.render import redirect, see

_NAMES = {"systemInstruction": "system_instruction", "phoneNumber": "phone_number", "voiceId": "voice_id"}
GONE = ("This agent is not at Talkstack any more.", "Nothing was saved. Your text is below: save it as a new agent.")
FIRST = ("Somebody else saved this agent first.", "Nothing of yours was saved yet. Compare the two, then choose.")


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Make an agent."""
    reads = request.upstream.read(
        project=queries.project(project_id), voices=queries.voices(), agents=queries.agents(project_id)
    )
    reading.exists(reads.project)
    ids = editor.voice_ids(reads.voices)
    if request.method != "POST":
        return editor.show(request, NewAgentForm(voice_ids=ids), reads.voices, project_id=project_id)
    form = NewAgentForm(request.POST, voice_ids=ids)
    if "check" in request.POST:
        return _checked(request, form, reads.voices, project_id)
    if form.is_valid() and not _number_is_taken(request, form, project_id, reads.agents.value or []):
        known = {agent.id for agent in reads.agents.value or []}
        return _create(request, form, reads.voices, project_id, known)
    return editor.show(request, form, reads.voices, project_id=project_id, status=422)


def _checked(request: WorkspaceRequest, form: AgentForm, voices: Read, project_id: str) -> HttpResponse:
    """What "Check" answers without JavaScript: the same editor, with what it found; nothing is saved."""
    typed: Any = form.data
    unbound = type(form)(initial=typed.dict(), voice_ids=form.voice_ids, current=form.current)
    return editor.show(request, unbound, voices, project_id=project_id, unsaved=True)


def _number_is_taken(request: WorkspaceRequest, form: NewAgentForm, project_id: str, agents: list[Agent]) -> bool:
    """Whether giving this number to the new agent would silently take it from another one of the project."""
    wanted = form.cleaned_data["phone_number"]
    if not wanted:
        return False
    numbers = request.upstream.fresh(numbers=queries.numbers(project_id)).numbers
    if numbers.error is not None:
        form.add_error("phone_number", f"Whose number this is could not be checked. {numbers.error.sentence}")
        return True
    holder = next((number.agent_id for number in numbers.value if number.e164 == wanted and number.agent_id), "")
    if holder:
        name = next((reading.called(agent) for agent in agents if agent.id == holder), "another agent")
        form.add_error(
            "phone_number",
            f"{phone.display(wanted)} belongs to {name}. Leave this empty; you can move the number afterwards.",
        )
    return bool(holder)


def _create(
    request: WorkspaceRequest, form: NewAgentForm, voices: Read, project_id: str, known: set[str]
) -> HttpResponse:
    upstream, wish = request.upstream, form.wish()
    try:
        agent = actions.create(upstream, request.user, project_id, wish, known)
    except Refused as error:
        _put_refusal(form, error)
        return editor.show(request, form, voices, project_id=project_id, status=422)
    except TalkstackError as error:
        listed = upstream.fresh(agents=queries.agents(project_id)).agents if isinstance(error, OutcomeUnknown) else None
        found = actions.newcomer(listed.value, wish, known) if listed and listed.error is None else None
        if found is None:
            status, note = problems.not_saved(error)
            return editor.show(request, form, voices, project_id=project_id, status=status, note=note)
        agent = found
    then = "" if wish.phone_number else " Give it a number next: its calls come from there."
    see(request, f"{reading.called(agent)} was created.{then}")
    if not link("agents:detail", request.workspace.slug, project_id, agent.id):
        see(request, "Talkstack did not say which one in the list it is.", "info")
        return redirect(request, "agents:list", request.workspace.slug, project_id)
    return redirect(request, "agents:detail", request.workspace.slug, project_id, agent.id)


def _put_refusal(form: AgentForm, error: Refused) -> None:
    """Talkstack's words at the field that they name; a 400 about the phone number is known (API contract, 4.1)."""
    about_number = "phone" in " ".join((error.message, *error.fields)).lower()
    if about_number and "phone_number" in form.fields and not error.fields:
        form.add_error("phone_number", f"Talkstack refused this: {error.message}")
    else:
        web_forms.add_upstream(form, error, _NAMES)


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: WorkspaceRequest, project_id: str, agent_id: str) -> HttpResponse:
    """Change an agent. A save goes through only if Talkstack still has what this page was loaded with."""
    reads = request.upstream.fresh(agent=queries.agent(project_id, agent_id), voices=queries.voices())
    ids = editor.voice_ids(reads.voices)
    if request.method != "POST":
        agent = reading.certain(reads.agent, project_id, agent_id)
        form = AgentForm(initial=editor.initial(agent), voice_ids=ids, current=agent)
        return editor.show(request, form, reads.voices, project_id=project_id)
    if isinstance(reads.agent.error, NotFound):
        return _gone(request, reads.voices, project_id)
    if reads.agent.value is None:
        return _unreadable(request, reads, project_id, agent_id)
    agent = reading.own(reads.agent, project_id, agent_id)
    form = AgentForm(request.POST, voice_ids=ids, current=agent)
    if "check" in request.POST:
        return _checked(request, form, reads.voices, project_id)
    if reads.agent.error is not None:
        status, note = problems.not_saved(reads.agent.error)
        return editor.show(request, form, reads.voices, project_id=project_id, status=status, note=note)
    if not form.is_valid():
        return editor.show(request, form, reads.voices, project_id=project_id, status=422)
    return _save(request, form, agent, reads.voices)


def _gone(request: WorkspaceRequest, voices: Read, project_id: str) -> HttpResponse:
    """The agent was deleted while it was edited: its text goes into the form for a new one."""
    kept = {name: request.POST.get(name, "") for name in ("name", "system_instruction", "voice_id")}
    form = NewAgentForm(initial=kept, voice_ids=editor.voice_ids(voices))
    return editor.show(request, form, voices, project_id=project_id, status=409, note=GONE)


def _unreadable(request: WorkspaceRequest, reads: Any, project_id: str, agent_id: str) -> HttpResponse:
    """Talkstack is away and nothing is kept: the form again, as it was sent."""
    status, note = problems.not_saved(reads.agent.error)
    nothing = Agent(agent_id, request.POST.get("name", ""), project_id, "", request.POST.get("voice_id", ""), "")
    form = AgentForm(initial=request.POST.dict(), voice_ids=editor.voice_ids(reads.voices), current=nothing)
    return editor.show(request, form, reads.voices, project_id=project_id, status=status, note=note)


def _save(request: WorkspaceRequest, form: AgentForm, agent: Agent, voices: Read) -> HttpResponse:
    wish, loaded = form.wish(), form.cleaned_data["loaded"]
    if wish.matches(agent):
        see(request, f"{reading.called(agent)} is already like this; nothing had to be changed.", "info")
        return _to_agent(request, agent)
    if loaded and loaded != digest.of_agent(agent):
        return _conflict(request, form, agent, voices)
    note, status = None, 422
    try:
        actions.update(request.upstream, request.user, agent, wish)
    except Refused as error:
        _put_refusal(form, error)
    except TalkstackError as error:
        if isinstance(error, OutcomeUnknown) and _went_through(request, agent, wish):
            see(request, f"{wish.name} was changed. Talkstack's answer got lost, so it was read again.")
            return _to_agent(request, agent)
        status, note = problems.not_saved(error)
    else:
        see(request, f"{wish.name} was changed.")
        return _to_agent(request, agent)
    return editor.show(request, form, voices, project_id=agent.project_id, status=status, note=note)


def _conflict(request: WorkspaceRequest, form: AgentForm, agent: Agent, voices: Read) -> HttpResponse:
    """409 with both texts. The form now carries the digest of theirs: saving again saves mine over it, knowingly."""
    form.now_knows(digest.of_agent(agent))
    return editor.show(request, form, voices, project_id=agent.project_id, status=409, note=FIRST, theirs=agent)


def _went_through(request: WorkspaceRequest, agent: Agent, wish: actions.Wish) -> bool:
    """Whether Talkstack has what was sent, although its answer got lost."""
    now = request.upstream.fresh(agent=queries.agent(agent.project_id, agent.id)).agent
    return now.error is None and now.value is not None and wish.matches(now.value)


def _to_agent(request: WorkspaceRequest, agent: Agent) -> HttpResponse:
    return redirect(request, "agents:detail", request.workspace.slug, agent.project_id, agent.id)
