"""The list of projects. It shows at once; how many agents and numbers each has is asked for afterwards, page by page."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.reads import Reads
from dashboard.projects import figures, known, rows
from dashboard.talkstack import ListPathUnknown, Project
from dashboard.web.render import page

PAGE_SIZE = 25


@workspace_view(role="viewer")
@require_safe
def listing(request: WorkspaceRequest) -> HttpResponse:
    """Every project; with ?counts=1 the numbers of this page are asked for, with ?fresh=1 the list itself."""
    reads = request.upstream.page(request, projects=queries.projects(), active=queries.active_project())
    default = reads.active.value.id if reads.active.value else ""
    projects = reads.projects.value
    path_unknown = isinstance(reads.projects.error, ListPathUnknown)
    if projects is None:
        projects = known.projects(request.workspace, reads.active.value)
        if not projects and not path_unknown:
            reads.projects.must()
    context = {
        "reads": reads,
        "count": len(projects),
        "incomplete": reads.projects.value is None,
        "path_unknown": path_unknown,
        "ask_again": reads.stale and not reads.error and not request.GET.get("fresh"),
        **_rows(request, projects, default),
    }
    return page(request, "projects/list.html", context, fragments=("projects-table",))


def _rows(request: WorkspaceRequest, projects: list[Project], default: str) -> dict[str, Any]:
    """The page's rows, with the counts as they are kept, or as they are now when they were asked for."""
    words, sort = request.GET.get("q", "").strip()[:200], request.GET.get("sort", "")
    sort = sort if sort in rows.SORTS else "name"
    found = rows.in_order(rows.chosen(projects, words), sort)
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    counted = bool(request.GET.get("counts"))
    counts = _counts(request, list(shown), counted)
    calls = figures.per_project(request.workspace, [one.id for one in shown])
    return {
        "rows": [rows.row(one, request.workspace.slug, counts, calls, default) for one in shown],
        "page": shown,
        "q": words,
        "sort": sort,
        "sorts": rows.SORTS.items(),
        "counts": counts,
        "counted": counted,
        "uncounted": not counted and any(read.value is None for read in counts),
    }


def _counts(request: WorkspaceRequest, shown: list[Project], counted: bool) -> Reads:
    if counted:
        return rows.counts(request.upstream, shown)
    return request.upstream.kept(**rows.counting(shown))  # type: ignore[no-any-return]
