"""The calls that a list shows, as a file. That it was taken is an entry of the activity, written before its first byte."""

from django.db import transaction
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.limits import at_most
from dashboard.activity import record
from dashboard.calls import answers, export, lists
from dashboard.calls.export_facts import Sheet
from dashboard.calls.filters import Filters
from dashboard.web import problems
from dashboard.web.problems import Problem


@workspace_view(role="operator")
@at_most("export", 10, 60)
@require_GET
def of_workspace(request: WorkspaceRequest) -> HttpResponseBase:
    """The calls of the workspace that the filters find; `format` is "csv" or "jsonl"."""
    return _export(request)


@workspace_view(role="operator")
@at_most("export", 10, 60)
@require_GET
def of_project(request: WorkspaceRequest, project_id: str) -> HttpResponseBase:
    """The calls of one project that the filters find; `format` is "csv" or "jsonl"."""
    return _export(request, project_id)


def _export(request: WorkspaceRequest, project_id: str = "") -> HttpResponseBase:
    filters = Filters.of(request.GET, project_id, request.workspace)
    kind = request.GET.get("format") or "csv"
    if why := export.refusal(filters, kind, request.GET):
        return problems.answer(request, Problem(422, "Nothing was exported.", why))
    sheet = Sheet(
        request.workspace.slug,
        timezone.get_current_timezone(),
        answers.questions_of(request.workspace, project_id),
    )
    begun = export.begin(request.workspace, filters)
    name = _noted(request, begun, kind)
    answer = StreamingHttpResponse(export.lines(begun, kind, sheet), content_type=export.FORMATS[kind])
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Content-Encoding"] = "identity"  # compressing would hold the first rows back
    answer["X-Accel-Buffering"] = "no"
    return answer


def _noted(request: WorkspaceRequest, begun: export.Export, kind: str) -> str:
    """Write down that it was taken, and give the name of the file."""
    project = request.project.name if request.project else ""
    name = export.filename([request.workspace.slug, project], kind, begun.begun)
    words = begun.filters.words(lists.names_of(request.workspace, begun.filters))
    told = {"calls": begun.count, "file": name, "filters": export.without_numbers(words)}
    with transaction.atomic():
        record.note(
            workspace=request.workspace, user=request.user, verb="calls.export", kind="export",
            thing_name=f"calls of {project}" if project else "calls", after=told, project_id=begun.filters.project_id,
        )  # fmt: skip
    return name
