"""What every template can use: the navigation, who is looking, and where. Makes no request to Talkstack."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.web import registry
from dashboard.web.links import link


def page(request: HttpRequest) -> dict[str, Any]:
    """Takes what access put on the request (workspace, membership, may, sidebar_project); robust when nothing is there."""
    workspace = getattr(request, "workspace", None)
    project = getattr(request, "project", None) or getattr(request, "sidebar_project", None)
    shared = {
        "user": getattr(request, "user", None),
        "workspace": workspace,
        "membership": getattr(request, "membership", None),
        "may": getattr(request, "may", None),
        "project": project,
        "release": settings.RELEASE,
        "debug": settings.DEBUG,
    }
    if workspace is not None:
        shared["nav"] = SimpleLazyObject(
            lambda: _nav(request, workspace, project)
        )  # fragments show none: they pay nothing
        shared["home_url"] = link("home:home", workspace.slug) or f"/w/{workspace.slug}/"
        shared["practice_url"] = link("practice:room", workspace.slug)
    return shared


def _nav(request: HttpRequest, workspace: Any, project: Any) -> list[dict[str, Any]]:
    """The groups of the sidebar with the lines this person may see; exactly one line is the current one, at most."""
    groups = [("work", "Work", [workspace.slug])]
    if project and project.id:
        groups.append(("project", project.name or "This project", [workspace.slug, project.id]))
    groups.append(("workspace", "Workspace", [workspace.slug]))
    shown: list[dict[str, Any]] = [
        {"label": label, "items": _items(request, group, args)} for group, label, args in groups
    ]
    _mark_current(request, [line for group in shown for line in group["items"]])
    return [group for group in shown if group["items"]]


def _items(request: Any, group: str, args: list[str]) -> list[dict[str, Any]]:
    lines = []
    for item in registry.nav_items(group):
        if (item.practice_only and not request.workspace.practice) or not getattr(request.may, item.role, False):
            continue
        if url := link(item.url_name, *args):
            count = item.counts(request) if item.counts else None
            lines.append({"item": item, "url": url, "count": count, "current": False})
    return lines


def _mark_current(request: HttpRequest, lines: list[dict[str, Any]]) -> None:
    """The current line is the one with the longest address that this page lies under, within the same feature."""
    match = request.resolver_match
    if match is None:
        return
    same = [line for line in lines if line["item"].url_name.partition(":")[0] == match.app_name]
    above = [line for line in same if request.path.startswith(line["url"])] or same[:1]
    if above:
        max(above, key=lambda line: len(line["url"]))["current"] = True
