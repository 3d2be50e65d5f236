"""The numbers of a project, and giving one of them to an agent."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.accounts.access import workspace_view
from dashboard.talkstack import Agent, OutcomeUnknown, Refused, TalkstackError
from dashboard.web import forms as web_forms
from dashboard.web import phone
from dashboard.web.render import page, redirect, see

from . import actions, phrases
from .actions import Holder
from .forms import AssignForm
from .holders import holder
from .known import Known, of_project
from .rows import rows

FIELDS = {"e164": "e164", "phoneNumber": "e164", "number": "e164", "agentId": "agent_id", "agent_id": "agent_id"}


@workspace_view(role="viewer")
@require_safe
def listing(request: Any, project_id: str) -> HttpResponse:
    """The project's numbers and what happens if somebody calls them now."""
    known = of_project(request.upstream, project_id, partial(request.upstream.page, request))
    shown = rows(known, request.upstream, project_id, request.workspace.slug)
    context = {
        "project_id": project_id,
        "known": known,
        "rows": shown,
        "without": sum(1 for row in shown if row["state"] == "nobody"),
        "error": known.reads.numbers.error or known.reads.agents.error,
        "ask_again": known.reads.numbers.stale and not request.GET.get("fresh"),
    }
    return page(request, "numbers/list.html", context, fragments=("numbers-table",))


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: Any, project_id: str) -> HttpResponse:
    """GET: the form, with ?agent_id= and ?e164= filled in. POST: look again, ask before a number is taken away, assign."""
    known = of_project(request.upstream, project_id, request.upstream.fresh)
    if request.method != "POST":
        asked = {name: request.GET.get(name, "") for name in ("e164", "agent_id")}
        asked["e164"] = phone.display(asked["e164"].strip())
        return _show(request, project_id, known, AssignForm(initial=asked, agents=_choices(known)))
    form = AssignForm(request.POST, agents=_choices(known))
    error = known.reads.numbers.error or known.reads.agents.error
    if error:
        return _show(request, project_id, known, form, 502, f"{error.sentence} The number was not assigned.")
    if not form.is_valid():
        return _show(request, project_id, known, form, 422)
    e164, agent = form.cleaned_data["e164"], known.agent(form.cleaned_data["agent_id"])
    held = holder(request.upstream, known, project_id, e164)
    if held and (held.project_id, held.agent_id) == (project_id, agent.id):
        see(request, f"{phone.display(e164)} rings {phrases.name(agent)} already. Nothing was changed.", "info")
        return redirect(request, "numbers:list", request.workspace.slug, project_id)
    if held and phrases.moves(held, project_id) and not form.confirmed(held.key):
        sentence = phrases.asking(e164, held, agent, project_id)
        form.add_error(None, sentence)
        form.ask_move(f"Yes, move {phone.display(e164)} to {phrases.name(agent)}.", held.key)
        return _show(request, project_id, known, form, 422)
    return _assign(request, project_id, known, form, held)


def _assign(request: Any, project_id: str, known: Known, form: AssignForm, held: Holder | None) -> HttpResponse:
    """Do it, read again, and say what came of it; what Talkstack refused goes to the form."""
    e164, agent = form.cleaned_data["e164"], known.agent(form.cleaned_data["agent_id"])
    try:
        actions.assign(request.upstream, request.user, project_id, e164, agent, held)
    except OutcomeUnknown as error:
        if not _rings(_again(request, project_id), e164, agent):
            words = f"{error.sentence} The list of numbers does not show it at {phrases.name(agent)} now."
            return _show(request, project_id, known, form, 502, words)
        actions.remember(request.upstream, project_id, e164, agent.id)
        see(request, f"Talkstack did not answer, but its list shows it: {phrases.done(e164, agent, held)}", "warning")
    except Refused as error:
        web_forms.add_upstream(form, error, FIELDS)
        return _show(request, project_id, known, form, 422)
    except TalkstackError as error:
        return _show(request, project_id, known, form, 502, f"{error.sentence} The number was not assigned.")
    else:
        shown = _rings(_again(request, project_id), e164, agent)
        late = "" if shown else " Talkstack accepted it; its own list does not show it yet."
        left = phrases.left_over(known.numbers_of(agent.id), e164)
        see(request, phrases.done(e164, agent, held) + left + late, "success" if shown else "warning")
    return redirect(request, "numbers:list", request.workspace.slug, project_id)


def _show(
    request: HttpRequest, project_id: str, known: Known, form: AssignForm, status: int = 200, trouble: str = ""
) -> HttpResponse:
    context = {"project_id": project_id, "known": known, "form": form, "trouble": trouble}
    return page(request, "numbers/assign.html", context, fragments=("assign-form",), status=status)


def _choices(known: Known) -> list[tuple[Agent, str]]:
    """The agents, each with the number it has, if it has one."""
    has = {agent.id: ", ".join(phone.display(e164) for e164 in known.numbers_of(agent.id)) for agent in known.agents}
    return [(agent, f" (has {has[agent.id]})" if has[agent.id] else "") for agent in known.agents]


def _again(request: Any, project_id: str) -> Known:
    """The numbers after the deed, past what was kept."""
    return of_project(request.upstream, project_id, request.upstream.fresh)


def _rings(known: Known, e164: str, agent: Agent) -> bool:
    line = known.line(e164)
    return line is not None and line.agent_id == agent.id and line.here_at is None
