"""Deleting an agent: first everything that hangs on it, then the deed, then what is left."""

from contextlib import suppress

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.agents import actions, impact, reading
from dashboard.agents.impact import Impact
from dashboard.calls.rows import rows as call_rows
from dashboard.talkstack import Agent, NotFound, OutcomeUnknown, TalkstackError
from dashboard.web import problems
from dashboard.web.render import page, redirect, see

PARTIALS = {"delete-form": "delete-form", "dialog-body": "delete-form"}
MOVED = ("Something has changed since this page was shown.", "Nothing was deleted. Look again, then decide.")


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: WorkspaceRequest, project_id: str, agent_id: str) -> HttpResponse:
    """GET says what would go; POST looks again and deletes only what was shown."""
    try:
        found = impact.of(request.upstream, request.workspace, project_id, agent_id)
    except NotFound:
        if request.method != "POST":
            raise
        see(request, "This agent was gone already. Nothing more was deleted.", "info")
        return redirect(request, "agents:list", request.workspace.slug, project_id)
    if request.method != "POST":
        return _show(request, found)
    if not found.may_go_on:
        return _show(request, found, status=409, note=("Nothing was deleted.", "See below why."))
    if request.POST.get("digest", found.digest) != found.digest:
        return _show(request, found, status=409, note=MOVED)
    typed = " ".join(request.POST.get("confirm_name", "").split())
    if found.has_dependents and typed != found.to_type:
        wrong = "That is not the whole name yet." if typed else "Type the name to confirm."
        return _show(request, found, status=422, typed=request.POST.get("confirm_name", ""), wrong=wrong)
    return _delete(request, found)


def _show(
    request: WorkspaceRequest,
    found: Impact,
    *,
    status: int = 200,
    note: tuple[str, str] | None = None,
    typed: str = "",
    wrong: str = "",
) -> HttpResponse:
    context = {
        "impact": found,
        "agent": found.agent,
        "calls": call_rows(found.calls[: impact.LISTED], request.workspace.slug),
        "more_calls": max(len(found.calls) - impact.LISTED, 0),
        "note": note,
        "typed": typed,
        "wrong": wrong,
    }
    return page(request, "agents/delete.html", context, fragments=PARTIALS, status=status)


def _delete(request: WorkspaceRequest, found: Impact) -> HttpResponse:
    agent = found.agent
    try:
        actions.delete(request.upstream, request.user, agent, found.numbers, found.active)
    except NotFound:
        see(request, f"{reading.called(agent)} was gone already.", "info")
    except OutcomeUnknown as error:
        if not _is_gone(request, agent):
            problem = problems.of_upstream(error)
            note = (problem.title, f"{error.sentence} A moment ago the agent was still there, or could not be read.")
            return _show_again(request, found, problem.status, note)
        see(request, f"{reading.called(agent)} was deleted. Talkstack's answer got lost, so it was looked for again.")
    except TalkstackError as error:
        return _show_again(request, found, problems.of_upstream(error).status, ("Nothing was deleted.", error.sentence))
    else:
        see(request, f"{reading.called(agent)} was deleted.")
    if found.active:
        _say_who_answers(request, agent)
    return redirect(request, "agents:list", request.workspace.slug, agent.project_id)


def _is_gone(request: WorkspaceRequest, agent: Agent) -> bool:
    """Whether Talkstack does not have the agent any more, asked just now."""
    try:
        impact.of(request.upstream, request.workspace, agent.project_id, agent.id)
    except NotFound:
        return True
    except TalkstackError:
        return False
    return False


def _show_again(request: WorkspaceRequest, found: Impact, status: int, note: tuple[str, str]) -> HttpResponse:
    """The page once more with what Talkstack said, as far as it can be read anew."""
    with suppress(TalkstackError):
        found = impact.of(request.upstream, request.workspace, found.agent.project_id, found.agent.id)
    return _show(request, found, status=status, note=note)


def _say_who_answers(request: WorkspaceRequest, agent: Agent) -> None:
    """It was the active agent: whether the project has another one now is read, not assumed."""
    now = reading.active_now(request.upstream, agent.project_id)
    if now.error is not None:
        see(request, "It was the active agent. Whether the project has another one now could not be read.", "warning")
    elif not now.value:
        see(request, "The project has no active agent now: whoever calls in reaches nobody.", "warning")
    elif now.value == agent.id:
        see(request, "Talkstack still names the deleted agent as the active one. Make another agent active.", "warning")
    else:
        see(request, "It was the active agent; Talkstack names another one now.", "info")
