"""Making and changing a project. Whatever goes wrong, what was typed stays on the page."""

import re
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from dashboard.accounts import queries
from dashboard.accounts.access import rename, workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.projects import actions, digest, reading
from dashboard.projects.forms import ProjectForm
from dashboard.talkstack import Conflict, NotFound, OutcomeUnknown, Project, Refused, TalkstackError
from dashboard.web import forms as web_forms
from dashboard.web import problems
from dashboard.web.forms import put_value
from dashboard.web.links import link
from dashboard.web.render import page, redirect, see

_TAKEN = re.compile(r"exist|taken|duplicate|unique|in use|already", re.IGNORECASE)
TAKEN = "There is a project with this name already. Choose another one."
GONE = ("This project is not at Talkstack any more.", "Nothing was saved. What you typed is still here, to copy.")
FIRST = ("Somebody else saved this project first.", "Nothing of yours was saved yet. Compare the two, then choose.")


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: WorkspaceRequest) -> HttpResponse:
    """Make a project."""
    if request.method != "POST":
        return _show(request, ProjectForm())
    form = ProjectForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    return _create(request, form)


def _show(
    request: WorkspaceRequest,
    form: ProjectForm,
    project: Project | None = None,
    *,
    status: int = 200,
    note: tuple[str, str] | None = None,
    theirs: Project | None = None,
) -> HttpResponse:
    if project:
        rename(request, project.name)
    template = "projects/edit.html" if project else "projects/new.html"
    context = {"form": form, "the_project": project, "note": note, "theirs": theirs}
    return page(request, template, context, fragments=("project-form",), status=status)


def _create(request: WorkspaceRequest, form: ProjectForm) -> HttpResponse:
    upstream, (name, description) = request.upstream, _wish(form)
    before = upstream.read(projects=queries.projects()).projects.value
    try:
        project = actions.create(upstream, request.user, name, description)
    except Refused as error:
        _put_refusal(form, error)
        return _show(request, form, status=422)
    except TalkstackError as error:
        found = _newcomer(upstream, name, before) if isinstance(error, OutcomeUnknown) else None
        if found is None:
            status, note = problems.not_saved(error)
            return _show(request, form, status=status, note=note)
        project = found
        see(request, "Talkstack's answer got lost, so it was looked for again: the project is there.", "info")
    see(request, f"{reading.called(project)} was created. Give it an agent next: that is who speaks on the phone.")
    if not link("projects:detail", request.workspace.slug, project.id):
        return redirect(request, "projects:list", request.workspace.slug)
    return redirect(request, "projects:detail", request.workspace.slug, project.id)


def _newcomer(upstream: Any, name: str, before: list[Project] | None) -> Project | None:
    """The project with this name that was not in the list before; names are unique at Talkstack (API contract, 3.1)."""
    now = upstream.fresh(projects=queries.projects()).projects
    if before is None or now.error is not None:
        return None
    known = {project.id for project in before}
    return next((project for project in now.value if project.name == name and project.id not in known), None)


def _put_refusal(form: ProjectForm, error: Refused) -> None:
    """Talkstack's words at the field that they speak of; a name that is taken is a plain 400 (API contract, 3.1)."""
    about_name = "name" in error.message.lower() and _TAKEN.search(error.message)
    if not error.fields and (about_name or isinstance(error, Conflict)):
        form.add_error("name", TAKEN)
    else:
        web_forms.add_upstream(form, error, {"projectName": "name"})


def _wish(form: ProjectForm, project: Project | None = None) -> tuple[str, str]:
    """What to send; what was not touched stays as it is stored, to the blank."""
    name, description = form.cleaned_data["name"], form.cleaned_data["description"]
    if project and project.name.strip() == name:
        name = project.name
    if project and project.description.replace("\r\n", "\n").strip() == description:
        description = project.description
    return name, description


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Change a project. A save goes through only if Talkstack still has what this page was loaded with."""
    read = request.upstream.fresh(project=queries.project(project_id)).project
    if request.method != "POST":
        project = reading.certain(read, project_id)
        loaded = {"name": project.name, "description": project.description, "loaded": digest.of_project(project)}
        return _show(request, ProjectForm(initial=loaded), project)
    form = ProjectForm(request.POST)
    valid = form.is_valid()
    if read.error is not None:
        project = reading.own(read, project_id) if read.value else Project.parse({"id": project_id})
        status, note = (404, GONE) if isinstance(read.error, NotFound) else problems.not_saved(read.error)
        return _show(request, form, project, status=status, note=note)
    project = reading.own(read, project_id)
    return _save(request, form, project) if valid else _show(request, form, project, status=422)


def _save(request: WorkspaceRequest, form: ProjectForm, project: Project) -> HttpResponse:
    name, description = _wish(form, project)
    loaded = form.cleaned_data["loaded"]
    if (name, description) == (project.name, project.description):
        see(request, f"{reading.called(project)} is already like this; nothing had to be changed.", "info")
        return redirect(request, "projects:detail", request.workspace.slug, project.id)
    if loaded and loaded != digest.of_project(project):
        put_value(form, "loaded", digest.of_project(project))
        return _show(request, form, project, status=409, note=FIRST, theirs=project)
    try:
        actions.update(request.upstream, request.user, project, name, description)
    except Refused as error:
        _put_refusal(form, error)
        return _show(request, form, project, status=422)
    except TalkstackError as error:
        if not (isinstance(error, OutcomeUnknown) and _went_through(request, project, name, description)):
            status, note = (404, GONE) if isinstance(error, NotFound) else problems.not_saved(error)
            return _show(request, form, project, status=status, note=note)
        see(request, "Talkstack's answer got lost, so the project was read again: the change is there.", "info")
    see(request, f"{reading.called(replace(project, name=name))} was changed.")
    return redirect(request, "projects:detail", request.workspace.slug, project.id)


def _went_through(request: WorkspaceRequest, project: Project, name: str, description: str) -> bool:
    """Whether Talkstack has what was sent, although its answer got lost."""
    now = reading.now(request.upstream, project.id)
    return now is not None and (now.name, now.description) == (name, description)
