"""Who did what: the list with its filters, one entry, and the list as a file. Reads our own records only."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_safe

from dashboard.accounts import people, queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.limits import at_most
from dashboard.activity import changes, export, filters, phrases, record, rows
from dashboard.activity.filters import Chosen
from dashboard.web import phone
from dashboard.web.render import page

PAGE_SIZE = 50


@workspace_view(role="viewer")
@at_most("search", 60, 60, when=lambda request: request.GET.get("q"))
@require_safe
def entries(request: WorkspaceRequest) -> HttpResponse:
    """What was done in the workspace, newest first; with `kind` and `thing`, the history of one thing."""
    chosen, mark = filters.read(request.GET), request.GET.get("before", "")
    kept = request.upstream.kept(projects=queries.projects(), voices=queries.voices())
    found = filters.find(request.workspace, chosen)
    listed = found.page(mark, PAGE_SIZE + 1, light=True)
    shown, more = listed[:PAGE_SIZE], len(listed) > PAGE_SIZE
    known = people.of(request.workspace)
    viewer = _viewer(request, kept, known)
    told = rows.rows(shown, viewer)
    context = {
        "rows": told,
        "chosen": chosen,
        "given": chosen.given(),
        "count": found.count() if more or mark else f"{len(shown):,}",
        "next": filters.mark_of(shown[-1]) if more else "",
        "is_first": not mark,
        "thing": _thing(chosen, told, viewer),
        "choices": _choices(chosen, known, kept.projects.value or []),
    }
    return page(request, "activity/list.html", context, fragments=("activity-table",))


@workspace_view(role="viewer")
@require_safe
def entry(request: WorkspaceRequest, entry_id: int) -> HttpResponse:
    """One entry in full: what was before and after, compared word by word."""
    found = filters.one(request.workspace, entry_id)
    if found is None:
        raise Http404("No such entry.")
    kept = request.upstream.kept(projects=queries.projects(), voices=queries.voices())
    viewer = _viewer(request, kept, people.of(request.workspace))
    seen = rows.visible(found, viewer)
    names = {**viewer.names, rows.thing_of(found): found.thing_name}
    context = {
        "entry": found,
        "row": rows.row(found, viewer),
        "sentence": rows.sentence(found, viewer.namesakes),
        "outcome": rows.outcome_of(found),
        "seen": seen,
        "changes": changes.changes(found.before, found.after, names, compare=True) if seen else [],
        "thing_id": rows.thing_of(found),
        "kind_label": phrases.KINDS.get(found.kind, found.kind),
    }
    return page(request, "activity/entry.html", context)


@workspace_view(role="operator")
@at_most("export", 10, 60)
@require_GET
def export_entries(request: WorkspaceRequest) -> HttpResponseBase:
    """The entries that the filters find, as a file; `format` is "csv" or "jsonl". That it was taken is an entry too."""
    chosen, now = filters.read(request.GET), timezone.now()
    kind = request.GET.get("format", "")
    kind = kind if kind in export.FORMATS else "csv"
    found = filters.find(request.workspace, chosen, until=now)
    name = export.filename(request.workspace.slug, kind, now)
    with transaction.atomic():
        record.note(
            workspace=request.workspace, user=request.user, verb="activity.export", kind="export",
            thing_name="the activity", after={"entries": found.count(), "file": name, "filters": chosen.given()},
        )  # fmt: skip
    viewer = _viewer(request, None, people.of(request.workspace))
    pieces = export.lines(found.all(export.CHUNK), kind, lambda each: rows.visible(each, viewer))
    answer = StreamingHttpResponse(pieces, content_type=export.FORMATS[kind])
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def _viewer(request: WorkspaceRequest, kept: Any, known: people.People) -> rows.Viewer:
    projects = kept.projects.value if kept else None
    named = [*(projects or []), *((kept.voices.value if kept else None) or [])]
    days = request.workspace.keep_calls_days
    return rows.Viewer(
        slug=request.workspace.slug,
        now=timezone.now(),
        user_pk=request.user.pk,
        addresses=request.may.admin,
        names={each.id: each.name for each in named if each.name},
        projects=frozenset(each.id for each in projects) if projects is not None else None,
        namesakes=known.namesakes,
        elsewhere=known.elsewhere,
        calls_since=timezone.now() - timedelta(days=days) if days is not None else None,
    )


def _thing(chosen: Chosen, told: list[dict[str, Any]], viewer: rows.Viewer) -> dict[str, str] | None:
    """The thing whose history this is: as the newest entry on the page calls it."""
    if not (chosen.kind and chosen.thing):
        return None
    unnamed = phone.display(chosen.thing) if chosen.kind == "number" else f"this {chosen.kind}"
    name = next((each["name"] for each in told if each["name"]), "") or unnamed
    url = next((each["thing_url"] for each in told if each["thing_url"]), "")
    return {"name": name, "url": url if not told or told[0]["thing_url"] else "", "kind": chosen.kind}


def _choices(chosen: Chosen, known: people.People, projects: list[Any]) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers; something chosen that is not offered any more is offered as it is."""
    offered = {
        "person": known.options.copy(),
        "project": [(each.id, each.name or each.id) for each in projects],
        "verb": [(verb, phrases.label(verb)) for verb in phrases.PHRASES],
    }
    offered["person"].append((filters.NOBODY, "The dashboard itself"))
    for name, options in offered.items():
        value = getattr(chosen, name)
        if value and value not in dict(options):
            options.append((value, value))
    rest = {"kind": phrases.KINDS, "outcome": filters.OUTCOMES, "days": filters.PERIODS}
    return offered | {name: list(options.items()) for name, options in rest.items()}
