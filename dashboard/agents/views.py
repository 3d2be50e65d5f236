"""Agents of a project: the list, one agent's page, and which of them answers when somebody calls in."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.agents import actions, prompts, reading, rows, voicing
from dashboard.calls import ledger
from dashboard.calls.rows import rows as call_rows
from dashboard.talkstack import Agent, OutcomeUnknown, Refused
from dashboard.web.render import page, redirect, see

PAGE_SIZE = 25
LATEST = 6


@workspace_view(role="viewer")
@require_safe
def agent_list(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """The agents of a project, with what is known of each."""
    reads = request.upstream.page(
        request,
        project=queries.project(project_id),
        agents=queries.agents(project_id),
        numbers=queries.numbers(project_id),
        active=queries.active_agent(project_id),
        voices=queries.voices(),
    )
    reading.exists(reads.project)
    context = _rows(request, project_id, reads) if reads.agents.value is not None else {}
    again = reading.ask_again(request, reads.agents, reads.numbers, reads.active)
    context |= {"reads": reads, "project_id": project_id, "ask_again": again}
    return page(request, "agents/list.html", context, fragments=("agents-table",))


def _rows(request: WorkspaceRequest, project_id: str, reads: Any) -> dict[str, Any]:
    words, sort = request.GET.get("q", "").strip()[:200], request.GET.get("sort", "")
    sort = sort if sort in rows.SORTS else "name"
    calls = ledger.counts(request.workspace, project_id, ledger.last_days())
    numbers = rows.by_agent(reads.numbers.value)
    found = rows.in_order(rows.chosen(reads.agents.value, words, numbers), sort, calls)
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    known = {
        "numbers": numbers,
        "voices": rows.voices(request.upstream, project_id, list(shown), reads),
        "calls": calls,
        "active": reads.active.value or "",
    }
    return {
        "rows": [rows.row(agent, request.workspace.slug, project_id, known) for agent in shown],
        "page": shown,
        "count": len(reads.agents.value),
        "q": words,
        "sort": sort,
        "sorts": rows.SORTS.items(),
    }


@workspace_view(role="viewer")
@require_safe
def detail(request: WorkspaceRequest, project_id: str, agent_id: str) -> HttpResponse:
    """One agent: what it is told, how it sounds, where it rings, whom it called last."""
    return _detail(request, project_id, agent_id)


def _detail(
    request: WorkspaceRequest, project_id: str, agent_id: str, problem: str = "", status: int = 200
) -> HttpResponse:
    reads = request.upstream.page(
        request,
        agent=queries.agent(project_id, agent_id),
        numbers=queries.agent_numbers(agent_id),
        active=queries.active_agent(project_id),
        voices=queries.voices(),
    )
    agent = reading.own(reads.agent, project_id, agent_id)
    calls = ledger.of_workspace(request.workspace, project_id).filter(agent_id=agent_id)
    context = {
        "agent": agent,
        "reads": reads,
        "pieces": prompts.pieces(agent.prompt),
        "report": prompts.report(agent.prompt),
        "voice": _voice(agent, reads, request.workspace),
        "numbers": reading.numbers_of(agent_id, reads.numbers) or ([agent.phone_number] if agent.phone_number else []),
        "is_active": reads.active.value == agent_id,
        "calls": call_rows(calls[:LATEST], request.workspace.slug),
        "week": calls.filter(at__gte=ledger.last_days()).order_by().count(),
        "ask_again": reading.ask_again(request, reads.agent, reads.numbers, reads.active),
        "problem": problem,
    }
    return page(request, "agents/detail.html", context, fragments=("agent-facts",), status=status)


def _voice(agent: Agent, reads: Any, workspace: Any) -> voicing.Choice | None:
    """The agent's voice; None when Talkstack does not say which."""
    if not agent.voice_id:
        return None
    offered = voicing.choices(reads.voices.value, agent.voice_id, workspace, is_new=False)
    return next(one for one in offered if one.id == agent.voice_id)


@workspace_view(role="admin")
@require_POST
def active(request: WorkspaceRequest, project_id: str, agent_id: str) -> HttpResponse:
    """`action` = set makes this agent answer for its project, remove lets nobody answer."""
    wanted = request.POST.get("action", "")
    if wanted not in ("set", "remove"):
        return _detail(request, project_id, agent_id, "Nothing was changed: the form was not complete.", 422)
    reads = request.upstream.strict(agent=queries.agent(project_id, agent_id), active=queries.active_agent(project_id))
    agent = reading.certain(reads.agent, project_id, agent_id)
    if (reads.active.value == agent_id) == (wanted == "set"):
        state = "is the active agent already" if wanted == "set" else "is not the active agent"
        see(request, f"Nothing was changed: {reading.called(agent)} {state}.", "info")
        return redirect(request, "agents:detail", request.workspace.slug, project_id, agent_id)
    lost = ""
    try:
        if wanted == "set":
            actions.make_active(request.upstream, request.user, agent, reads.active.value or "")
        else:
            actions.make_inactive(request.upstream, request.user, agent)
    except Refused as error:
        return _detail(request, project_id, agent_id, error.sentence, 422)
    except OutcomeUnknown as error:
        lost = f"{error.sentence} "
    _say_who_answers(request, agent, wanted, lost)
    return redirect(request, "agents:detail", request.workspace.slug, project_id, agent_id)


def _say_who_answers(request: WorkspaceRequest, agent: Agent, wanted: str, lost: str) -> None:
    """What Talkstack says afterwards, not what was hoped for (its answer to the change holds no id)."""
    name = reading.called(agent)
    now = reading.active_now(request.upstream, agent.project_id)
    if now.error is not None:
        see(request, f"{lost}Whether {name} is the active agent now could not be read back.", "warning")
    elif now.value == agent.id:
        level = "success" if wanted == "set" else "warning"
        see(
            request, f"{name} is the active agent{'' if wanted == 'set' else ' still'}: it answers who calls in.", level
        )
    elif wanted == "remove" and not now.value:
        see(request, f"{name} is not the active agent any more: whoever calls in reaches nobody.")
    else:
        see(
            request, f"{lost}Talkstack says that {'another' if now.value else 'no'} agent is the active one.", "warning"
        )
