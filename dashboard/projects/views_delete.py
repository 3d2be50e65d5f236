"""Deleting a project: first everything that hangs on it, then the deed, then what is left of it."""

from contextlib import suppress
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from dashboard.accounts.access import forget, rename, workspace_view
from dashboard.accounts.fresh import fresh_password
from dashboard.accounts.http import WorkspaceRequest
from dashboard.calls.rows import rows as call_rows
from dashboard.projects import actions, aftermath, impact, lines
from dashboard.projects.forms import DeleteForm
from dashboard.projects.impact import Impact
from dashboard.talkstack import NotFound, OutcomeUnknown, TalkstackError
from dashboard.web import problems
from dashboard.web.render import page, redirect, see

PARTIALS = {"delete-form": "delete-form", "dialog-body": "delete-form"}
MOVED = ("Something has changed since this page was shown.", "Nothing was deleted. Look again, then decide.")
KEPT = ("Nothing was deleted.", "See below why.")


@workspace_view(role="admin")
@fresh_password
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """GET says what would go; POST looks again and deletes only what was shown."""
    try:
        found = impact.of(request.upstream, request.workspace, project_id)
    except NotFound:
        if request.method != "POST":
            raise
        see(request, "This project was gone already. Nothing more was deleted.", "info")
        return redirect(request, "projects:list", request.workspace.slug)
    if request.method != "POST":
        return _show(request, found)
    if found.unread:
        return _show(request, found, status=problems.of_upstream(found.unread[0].error).status, note=KEPT)
    if found.calls:
        return _show(request, found, status=409, note=KEPT)
    if request.POST.get("digest", found.digest) != found.digest:
        return _show(request, found, status=409, note=MOVED)
    form = DeleteForm(request.POST, impact=found)
    if not form.is_valid():
        return _show(request, found, status=422, form=form)
    return _delete(request, found, form.cleaned_data["cascade"])


def _show(
    request: WorkspaceRequest,
    found: Impact,
    *,
    status: int = 200,
    note: tuple[str, str] | None = None,
    form: DeleteForm | None = None,
) -> HttpResponse:
    slug = request.workspace.slug
    rename(request, found.project.name)
    context: dict[str, Any] = {
        "impact": found,
        "the_project": found.project,
        "form": form or DeleteForm(impact=found),
        "agent_lines": lines.agents(found, slug),
        "number_lines": lines.numbers(found, slug),
        "other_lines": lines.others(found),
        "more": lines.more(found),
        "calls": call_rows(found.calls[: impact.LISTED], slug),
        "more_calls": max(len(found.calls) - impact.LISTED, 0),
        "prompts_kept": actions.prompts_fit(found.agents),
        "note": note,
    }
    return page(request, "projects/delete.html", context, fragments=PARTIALS, status=status)


def _delete(request: WorkspaceRequest, found: Impact, cascade: bool) -> HttpResponse:
    try:
        actions.delete(request.upstream, request.user, found.project, found.agents, found.numbers, cascade)
    except NotFound:
        see(request, "This project was gone already. Nothing more was deleted.", "info")
        return redirect(request, "projects:list", request.workspace.slug)
    except OutcomeUnknown as error:
        return _find_out(request, found, cascade, error)
    except TalkstackError as error:
        note = ("Nothing was deleted.", error.sentence)
        return _show_again(request, found, problems.of_upstream(error).status, note)
    forget(request, found.project.id)
    see(request, aftermath.went(found, cascade))
    return _leave(request, aftermath.of(request.upstream, found.project.id), cascade)


def _find_out(request: WorkspaceRequest, found: Impact, cascade: bool, error: OutcomeUnknown) -> HttpResponse:
    """The answer got lost: Talkstack is asked what is there now, and nothing is claimed beyond that."""
    after = aftermath.of(request.upstream, found.project.id)
    if after.gone:
        see(request, f"{aftermath.went(found, cascade)} Talkstack's answer got lost, so it was looked for again.")
        return _leave(request, after, cascade)
    if after.gone is None:
        words = "Whether the project is still there could not be read. Look again before you do anything."
    elif not after.unread and after.agents < len(found.agents):
        words = f"The project is still there, with {after.left or 'nothing on it'}: it was deleted in part."
    else:
        words = "A moment ago the project was still there. It may still go: look again before you do anything."
    problem = problems.of_upstream(error)
    return _show_again(request, found, problem.status, (problem.title, words))


def _leave(request: WorkspaceRequest, after: aftermath.Aftermath, cascade: bool) -> HttpResponse:
    for warning in aftermath.warnings(after, cascade):
        see(request, warning, "warning")
    return redirect(request, "projects:list", request.workspace.slug)


def _show_again(request: WorkspaceRequest, found: Impact, status: int, note: tuple[str, str]) -> HttpResponse:
    """The page once more with what happened, as far as it can be read anew."""
    with suppress(TalkstackError):
        found = impact.of(request.upstream, request.workspace, found.project.id)
    return _show(request, found, status=status, note=note)
