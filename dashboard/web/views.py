"""Pages that belong to no feature: health, errors, and the component page."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from dashboard.web import problems, registry, samples


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers. Touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the database answers and is migrated (else 503), and whether a background process is alive."""
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        facts = {"database": True, "migrated": migrated, "worker": registry.worker_alive()}
    except DatabaseError:
        facts = {"database": False, "migrated": False, "worker": None}
    return JsonResponse(facts, status=200 if facts["database"] and facts["migrated"] else 503)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state; only in debug mode."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "web/styleguide.html", samples.context())


@require_safe
def sample_page(request: HttpRequest) -> HttpResponse:
    """A page as a workspace shows it, with made-up facts; only in debug mode."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "web/sample_page.html", samples.workspace_context())


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400 in words."""
    return problems.answer(request, problems.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403 in words."""
    return problems.answer(request, problems.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is of another sign-in: 403. What the same person typed before that sign-in waits for them."""
    kept = registry.keep_old_form(request)
    if kept:
        return problems.answer(request, problems.KEPT_FORM, [(kept, "See what you typed")])
    return problems.answer(request, problems.STALE_FORM)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404 in words."""
    return problems.answer(request, problems.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: words that need neither the database nor the request's context; a notice for htmx."""
    reference = getattr(request, "id", "")
    if request.headers.get("HX-Request") == "true":
        words = render_to_string("ui/_notice.html", {"problem": problems.BROKEN})
        response = HttpResponse(words, status=500)
        problems.retarget(response)
        return response
    return HttpResponse(render_to_string("errors/500.html", {"reference": reference}), status=500)
