"""The real addresses, and a few guarded views that do nothing but be there."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import queries, sound
from dashboard.accounts.access import can, workspace_view
from dashboard.urls import urlpatterns as real_urls


@require_safe
@workspace_view()
def look(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.workspace.name} {request.membership.role} {can(request, 'admin')}")


@require_safe
@workspace_view()
def of_project(request: HttpRequest, project_id: str) -> HttpResponse:
    return HttpResponse(f"{request.project.id} {request.project.name}")


@require_safe
@workspace_view()
def sidebar(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.sidebar_project.name if request.sidebar_project else "no project")


@require_safe
@workspace_view()
def page_of_reads(request: HttpRequest, project_id: str) -> HttpResponse:
    reads = request.upstream.page(
        request,
        project=queries.project(project_id),
        agents=queries.agents(project_id),
        numbers=queries.numbers(project_id),
        voices=queries.voices(),
    )
    return HttpResponse(f"{request.project.name} {len(reads.agents.value or [])} {reads.error}")


@require_POST
@workspace_view(role="admin")
def change(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"changed by {request.user.email}")


@require_safe
@workspace_view()
def hear(request: HttpRequest) -> HttpResponse:
    return sound.answer(request, request.workspace, request.GET["url"])


urlpatterns = [
    path("w/<slug:slug>/guarded/", look),
    path("w/<slug:slug>/guarded/change/", change),
    path("w/<slug:slug>/guarded/hear/", hear),
    path("w/<slug:slug>/guarded/sidebar/", sidebar),
    path("w/<slug:slug>/guarded/<str:project_id>/", of_project),
    path("w/<slug:slug>/guarded/<str:project_id>/reads/", page_of_reads),
    *real_urls,
]
