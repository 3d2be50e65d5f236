"""Starting one call: choose an agent, fill in who and what, see how it begins, reserve it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.accounts import queries
from dashboard.accounts.access import rename, workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.calls import dialing, guards, ledger
from dashboard.calls.forms import CallForm, flagged, new_key
from dashboard.calls.models import Attempt, Call
from dashboard.talkstack import Agent, NotFound, Number, TalkstackError, prompt
from dashboard.web import phone
from dashboard.web.forms import INCOMPLETE, put_value
from dashboard.web.problems import links, of_upstream
from dashboard.web.render import page, redirect


@dataclass
class Preview:
    """What is known before the button is pressed."""

    pieces: list[Any]
    there: Any = None
    hours: str = ""
    last: str = ""
    warning: str = ""
    literal: list[str] = field(default_factory=list)


@workspace_view(role="operator")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """GET: choose an agent, then the form. POST: `check` shows the preview, anything else reserves the call."""
    posted = request.method == "POST"
    if posted and (earlier := _sent_before(request)):
        return redirect(request, "calls:detail", request.workspace.slug, earlier.project_id, earlier.pk)
    again = None if posted else _again(request)
    if again and again.attempt == Attempt.UNKNOWN:
        return page(request, "calls/decide_first.html", {"project_id": project_id, "call": again}, status=409)
    agent_id = request.POST.get("agent_id", "") or request.GET.get("agent", "") or (again.agent_id if again else "")
    if not posted and not agent_id:
        return _choose(request, project_id, again)
    try:
        agent, numbers = _agent(request, project_id, agent_id)
    except NotFound:
        raise
    except TalkstackError as error:
        if request.htmx:
            raise  # a notice: a form that is there stays where it is
        if posted:
            return _as_typed(request, project_id, agent_id, error)
        return _from_kept(request, project_id, agent_id, again, error)
    return _post(request, project_id, agent, numbers) if posted else _fresh(request, agent, numbers, again)


def _sent_before(request: WorkspaceRequest) -> Call | None:
    """The call this very form made already: back button, reload, double click."""
    key = request.POST.get("request_key", "")
    if not key.isprintable() or not key or "check" in request.POST:
        return None
    return Call.objects.filter(workspace=request.workspace, request_key=key).first()


def _again(request: WorkspaceRequest) -> Call | None:
    """The call to repeat with the same variables, if the address names one of this project."""
    try:
        return _known(request, UUID(request.GET.get("again", "")))
    except ValueError:
        return None


def _initial(agent: Agent, again: Call | None, request: WorkspaceRequest) -> dict[str, Any]:
    initial: dict[str, Any] = {"request_key": new_key(), "agent_id": agent.id, "number": request.GET.get("number", "")}
    if again:
        initial |= {"again_of": again.pk, "number": phone.display(again.number)}
        initial |= {f"var_{name}": value for name, value in again.variables.items()}
    return initial


def _agent(request: WorkspaceRequest, project_id: str, agent_id: str) -> tuple[Agent, list[Number]]:
    """The agent as it is at this moment, with its numbers: what is dialled is what is shown."""
    reads = request.upstream.strict(
        agent=queries.agent(project_id, agent_id),
        numbers=queries.agent_numbers(agent_id),
        project=queries.project(project_id),
    )
    rename(request, reads.project.value.name)
    return reads.agent.value, reads.numbers.value


def _fresh(
    request: WorkspaceRequest, agent: Agent, numbers: list[Number], again: Call | None, **more: Any
) -> HttpResponse:
    """The form as the address asks for it; nothing is typed yet."""
    form = CallForm(initial=_initial(agent, again, request), variables=prompt.variables(agent.prompt))
    shown = _preview(request, agent, form.initial_number(), form.initial_values())
    return _show(request, agent, numbers, form, shown, **more)


def _from_kept(
    request: WorkspaceRequest, project_id: str, agent_id: str, again: Call | None, error: TalkstackError
) -> HttpResponse:
    """Talkstack could not be asked about the agent: the form as what is kept fills it, else what happened and what to do."""
    kept = request.upstream.kept(
        agent=queries.agent(project_id, agent_id),
        agents=queries.agents(project_id),
        numbers=queries.agent_numbers(agent_id),
        all_numbers=queries.numbers(project_id),
    )
    problem = of_upstream(error)
    read = kept.agent if kept.agent.value else kept.agents
    known = [kept.agent.value] if kept.agent.value else kept.agents.value or []
    agent = next((one for one in known if one.id == agent_id), None)
    if agent is None:
        ways_out = links(request, problem, True)
        context = {"project_id": project_id, "cause": error.cause, "links": ways_out}
        return page(request, "calls/not_read.html", context, status=problem.status)
    numbers = kept.numbers.value or [one for one in kept.all_numbers.value or [] if one.agent_id == agent_id]
    note = ("Nobody was called.", error.cause)
    return _fresh(request, agent, numbers, again, status=problem.status, note=note, kept_at=read.at)


def _choose(request: WorkspaceRequest, project_id: str, again: Call | None) -> HttpResponse:
    reads = request.upstream.page(
        request,
        agents=queries.agents(project_id),
        numbers=queries.numbers(project_id),
        active=queries.active_agent(project_id),
    )
    numbers = {number.agent_id: number.e164 for number in reads.numbers.value or []}
    agents = [
        {"agent": agent, "number": numbers.get(agent.id, ""), "active": agent.id == reads.active.value}
        for agent in reads.agents.value or []
    ]
    context = {"project_id": project_id, "agents": agents, "reads": reads, "again": again}
    return page(request, "calls/choose.html", context)


def _post(request: WorkspaceRequest, project_id: str, agent: Agent, numbers: list[Number]) -> HttpResponse:
    form = CallForm(request.POST, variables=prompt.variables(agent.prompt))
    valid = form.is_valid()
    number = form.cleaned_data.get("number", "")
    shown = _preview(request, agent, number, form.values(), form.warning)
    if "check" in request.POST:
        return _show(request, agent, numbers, form, shown, checking=True)
    if not request.POST.get("request_key"):
        form.add_error(None, INCOMPLETE)
        put_value(form, "request_key", new_key())
    elif valid:
        try:
            call = dialing.reserve(
                request.workspace,
                request.user,
                _wish(request, project_id, agent, numbers, form),
                request_key=form.cleaned_data["request_key"],
                confirmed=form.confirmed(),
                again_of=_known(request, form.cleaned_data.get("again_of")),
            )
        except dialing.MustConfirm as asked:
            for name, sentence in asked.questions.items():
                form.ask(name, f"{sentence} Call anyway.")
                form.add_error(None, sentence)
        else:
            return redirect(request, "calls:detail", request.workspace.slug, project_id, call.pk)
    return _show(request, agent, numbers, form, shown, status=422)


def _as_typed(request: WorkspaceRequest, project_id: str, agent_id: str, error: TalkstackError) -> HttpResponse:
    """Talkstack could not be asked about the agent: nobody is called, and the form comes back as it was typed.

    Its fields are the ones that were sent; what is kept of the agent only names it and shows how the call begins.
    """
    kept = request.upstream.kept(agent=queries.agent(project_id, agent_id), numbers=queries.agent_numbers(agent_id))
    agent = kept.agent.value or Agent(agent_id, "", project_id, "", "", "")
    typed = request.POST.dict()
    form = CallForm(initial=typed, variables=[name[4:] for name in typed if name.startswith("var_")])
    shown = _preview(request, agent, form.initial_number(), form.initial_values())
    note = ("Nobody was called.", f"{error.cause} What you typed is still here: try again.")
    return _show(request, agent, kept.numbers.value or [], form, shown, status=of_upstream(error).status, note=note)


def _known(request: WorkspaceRequest, pk: Any) -> Call | None:
    calls = ledger.of_workspace(request.workspace, request.project.id if request.project else "")
    return calls.filter(pk=pk).first() if pk else None


def _wish(
    request: WorkspaceRequest, project_id: str, agent: Agent, numbers: list[Number], form: CallForm
) -> dialing.Wish:
    return dialing.Wish(
        project_id=project_id,
        project_name=request.project.name if request.project else "",
        agent_id=agent.id,
        agent_name=agent.name,
        number=form.cleaned_data["number"],
        variables=form.values(),
        from_number=numbers[0].e164 if len(numbers) == 1 else "",
    )


def _preview(
    request: WorkspaceRequest, agent: Agent, number: str, values: dict[str, str], warning: str = ""
) -> Preview:
    now = timezone.now()
    shown = Preview(prompt.fill(prompt.opening(agent.prompt), values), literal=flagged(values), warning=warning)
    if number:
        shown.there = phone.local_time(number, now)
        shown.hours = guards.outside_hours(number, now)
        last = ledger.last_call_to(request.workspace, number)
        shown.last = guards.last_contact(last, now) if last else "Nobody of this workspace has called this number yet."
    return shown


def _show(
    request: WorkspaceRequest,
    agent: Agent,
    numbers: list[Number],
    form: CallForm,
    shown: Preview,
    *,
    checking: bool = False,
    status: int = 200,
    note: tuple[str, str] | None = None,
    kept_at: datetime | None = None,
) -> HttpResponse:
    context = {
        "agent": agent, "numbers": numbers, "form": form, "preview": shown, "checking": checking, "note": note,
        "kept_at": kept_at,
    }  # fmt: skip
    fragments = ("call-preview",) if checking else ("call-form",)
    return page(request, "calls/new.html", context, fragments=fragments, status=status)
