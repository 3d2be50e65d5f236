"""Making and changing a question set. Every button of the form sends it whole, so that nothing typed is lost."""

from uuid import UUID

from django.db.models import Count
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.analysis import finding, sets
from dashboard.analysis.forms import Editor
from dashboard.calls.models import Question, QuestionSet
from dashboard.talkstack import NotFound
from dashboard.web.render import page, redirect, see

FIRST = (
    "Somebody else changed this set first.",
    "Nothing of yours was saved. Your text is still here: saving again puts it in the place of theirs.",
)


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Make a set."""
    read = request.upstream.read(project=queries.project(project_id)).project
    if isinstance(read.error, NotFound):
        raise read.error
    if request.method != "POST":
        return _show(request, project_id, Editor("", []))
    editor = Editor.posted(request.POST)
    if not editor.saving:
        return _show(request, project_id, editor)
    if not editor.is_valid():
        return _show(request, project_id, editor, status=422)
    try:
        made = sets.create(request.workspace, request.user, project_id, editor.name, editor.wanted)
    except sets.NameTaken as taken:
        return _taken(request, project_id, editor, taken)
    except sets.TooMany:
        editor.head.add_error(None, f"A project has at most {sets.MOST_SETS} question sets.")
        return _show(request, project_id, editor, status=422)
    see(
        request,
        f"“{made.name}” is ready. Ask it about a call on the call's page, or about many from the list of calls.",
    )
    return redirect(request, "analysis:detail", request.workspace.slug, project_id, made.pk)


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: WorkspaceRequest, project_id: str, set_id: UUID) -> HttpResponse:
    """Change a set; what was asked already begins anew as another question."""
    found = finding.question_set(request, project_id, set_id)
    answered = _answers(found)
    if request.method != "POST":
        editor = Editor.of(found.name, sets.live_questions(found), found.version, answered)
        return _show(request, project_id, editor, found)
    editor = Editor.posted(request.POST, answered)
    if not editor.saving:
        return _show(request, project_id, editor, found)
    if not editor.is_valid():
        return _show(request, project_id, editor, found, status=422)
    try:
        sets.change(found, request.user, editor.version, editor.name, editor.wanted)
    except sets.NameTaken as taken:
        return _taken(request, project_id, editor, taken, found)
    except sets.ChangedMeanwhile:
        found.refresh_from_db(fields=["version", "name"])
        editor.based_on(found.version)
        return _show(request, project_id, editor, found, status=409, note=FIRST)
    see(request, f"“{editor.name}” is saved.")
    return redirect(request, "analysis:detail", request.workspace.slug, project_id, found.pk)


def _taken(
    request: WorkspaceRequest, project_id: str, editor: Editor, taken: sets.NameTaken, found: QuestionSet | None = None
) -> HttpResponse:
    words = (
        "A retired set of this project has this name."
        if taken.retired
        else "Another set of this project has this name."
    )
    editor.head.add_error("name", words)
    return _show(request, project_id, editor, found, status=422)


def _show(
    request: WorkspaceRequest,
    project_id: str,
    editor: Editor,
    found: QuestionSet | None = None,
    *,
    status: int = 200,
    note: tuple[str, str] | None = None,
) -> HttpResponse:
    context = {
        "project_id": project_id,
        "editor": editor,
        "set": found,
        "asked": found is not None and sets.was_asked(found),
        "note": note,
    }
    return page(request, "analysis/edit.html", context, fragments=("set-form",), status=status)


def _answers(found: QuestionSet) -> dict[UUID, int]:
    """How many answers each question of the set has. One query."""
    counted = Question.objects.filter(question_set=found).annotate(n=Count("answers"))
    return dict(counted.values_list("pk", "n"))
