"""One project: its overview, and making it the default one."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import queries
from dashboard.accounts.access import rename, workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.reads import Reads
from dashboard.calls import ledger
from dashboard.calls.rows import rows as call_rows
from dashboard.projects import actions, figures, known, overview, reading
from dashboard.talkstack import NotFound, OutcomeUnknown, Project
from dashboard.web.render import page, redirect, see

LATEST = 6


@workspace_view(role="viewer")
@require_safe
def detail(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Agents, numbers, the latest calls, and what happens if somebody calls in now."""
    reads = request.upstream.page(request, **overview.asking(project_id))
    project = _project(request, project_id, reads)
    rename(request, project.name)
    counted = figures.of_project(request.workspace, project_id)
    latest = ledger.latest(request.workspace, project_id, LATEST) if counted.ever else []
    panels = (reads.project, reads.agents, reads.numbers, reads.active)
    context = {
        "the_project": project,
        "reads": reads,
        "problem": next((read.error for read in panels if read.error), None),
        "ask_again": any(read.stale and not read.error for read in panels) and not request.GET.get("fresh"),
        "figures": counted,
        "rows": call_rows(latest, request.workspace.slug),
        **overview.facts(request.upstream, project_id, reads, counted),
    }
    return page(request, "projects/detail.html", context, fragments=("project-panels",))


def _project(request: WorkspaceRequest, project_id: str, reads: Reads) -> Project:
    """The project, however old; when it cannot be had, its name as it is known here. Raises the error for one unheard of."""
    if reads.project.value is not None or isinstance(reads.project.error, NotFound):
        return reading.own(reads.project, project_id)
    name = request.upstream.kept_name(project_id) or known.name_of(request.workspace, project_id)
    if not name:
        reads.project.must()
    return Project.parse({"id": project_id, "name": name})


@workspace_view(role="admin")
@require_POST
def active(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Make this the account's active project: the one that is meant when no project is named."""
    reads = request.upstream.strict(project=queries.project(project_id), active=queries.active_project())
    project = reading.certain(reads.project, project_id)
    before = reads.active.value.id if reads.active.value else ""
    lost = ""
    if before == project_id:
        see(request, f"Nothing was changed: {reading.called(project)} is the default project already.", "info")
        return _back(request, project_id)
    try:
        actions.make_default(request.upstream, request.user, project, before)
    except OutcomeUnknown as error:
        lost = f"{error.sentence} "
    _say_which(request, project, lost)
    return _back(request, project_id)


def _say_which(request: WorkspaceRequest, project: Project, lost: str) -> None:
    """What Talkstack says afterwards, not what was hoped for."""
    now = request.upstream.fresh(active=queries.active_project()).active
    name = reading.called(project)
    if now.error is not None:
        see(request, f"{lost}Whether {name} is the default project now could not be read back.", "warning")
    elif now.value is not None and now.value.id == project.id:
        see(request, f"{name} is the default project now.")
    else:
        see(
            request,
            f"{lost}Talkstack says that {'another' if now.value else 'no'} project is the default one.",
            "warning",
        )


def _back(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    if request.POST.get("back") == "project":
        return redirect(request, "projects:detail", request.workspace.slug, project_id)
    return redirect(request, "projects:list", request.workspace.slug)
