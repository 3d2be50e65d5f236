"""Who may see what: one decorator on every view under /w/<slug>/, one on every page of a person's own.

Nobody is asked to sign in, a stranger finds nothing (404), a member with too small a role is told whom to ask (403).
Rights are read from the database on every request, so what is taken away is gone at once.
"""

import hashlib
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboard.activity import record
from dashboard.web.problems import retarget
from dashboard.web.render import STOP_POLLING

from . import limits, nobody, parking, second_factor
from .models import Membership, Workspace
from .polls import is_poll
from .queries import project, projects
from .roles import May, at_least, roles_from
from .upstream import Upstream
from .verbs import about

View = Callable[..., HttpResponseBase]
_LAST = "last_projects"


class ProjectRef:
    """A project as its id and its name, for the sidebar and crumbs. The name is looked up only if it is asked for.

    It is false when it is merely the last project seen and nothing is known of it any more.
    """

    def __init__(self, project_id: str, upstream: Upstream, current: bool = True) -> None:
        self.id = project_id
        self.current = current
        self._upstream = upstream

    @cached_property
    def name(self) -> str:
        """The name in the last good answer; "" if none is kept. Never asks Talkstack."""
        return self._upstream.kept_name(self.id)

    def __bool__(self) -> bool:
        return self.current or bool(self.name)

    def __str__(self) -> str:
        return self.name or "this project"


class Able:
    """Who may do what in a workspace, for pages that say whom to ask: `able["admin"]`. One query, and only if it is said."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def _members(self) -> list[Membership]:
        able = Membership.objects.filter(
            workspace=self._workspace, role__in=roles_from("operator"), user__is_active=True
        )
        return list(able.select_related("user").order_by("user__name", "user__email"))

    def __getitem__(self, role: str) -> list[Membership]:
        """The members with at least this role, by name."""
        return [each for each in self._members if at_least(each.role, role)]


def workspace_view(role: str = "viewer") -> Callable[[View], View]:
    """Guards a view under /w/<slug>/ for members with at least `role`; the view does not get the slug.

    Sets request.workspace, request.membership, request.may, request.upstream, request.able, request.project (when the
    address names one, else None) and request.sidebar_project (that one, or the last one seen). The view carries
    `required_role`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, slug: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return nobody.answer(request)
            if any("\x00" in str(value) for value in kwargs.values()):
                raise Http404("No id holds this, and no database can look for it.")
            membership = _membership(request, slug)
            _attach(request, membership, kwargs.get("project_id", ""))
            if not at_least(membership.role, role):
                return forbidden(request, role)
            if factor_missing(request, membership):
                return _factor_first(request)
            return view(request, *args, **kwargs)

        guarded.required_role = role  # type: ignore[attr-defined]
        return guarded

    at_least("", role)
    return decorate


def person_view(view: View) -> View:
    """Guards a page of a person's own, outside any workspace: anybody who is signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return nobody.answer(request)
        if not is_poll(request):
            request.session.seen()  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    guarded.required_role = "person"  # type: ignore[attr-defined]
    return guarded


def rename(request: Any, name: str) -> None:
    """What was just read of this page's project is newer than what is kept: call it that in the frame too."""
    if request.project is not None:
        request.project.name = name


def forget(request: Any, project_id: str) -> None:
    """A project is gone: it is no longer the one that the sidebar shows."""
    request.session[_LAST] = {key: one for key, one in request.session.get(_LAST, {}).items() if one != project_id}


def can(request: HttpRequest, role: str) -> bool:
    """Whether the person of this request has at least `role` in its workspace."""
    membership = getattr(request, "membership", None)
    return at_least(membership.role if membership else "", role)


def factor_missing(request: Any, membership: Membership) -> bool:
    """Whether this workspace demands a second factor of this person, and they gave none when they signed in."""
    demanded = membership.workspace.second_factor
    return bool(demanded) and at_least(membership.role, demanded) and not request.session.get(second_factor.PASSED)


def _membership(request: Any, slug: str) -> Membership:
    """The person's membership with its workspace and connection, in one query; raises Http404 for strangers.

    The others come along, in order, for the switcher.
    """
    mine = Membership.objects.filter(user=request.user.pk).select_related("workspace__connection")
    request.memberships = list(mine.order_by("workspace__name", "pk"))
    membership: Membership | None = next((each for each in request.memberships if each.workspace.slug == slug), None)
    if membership is None:
        raise Http404("No such workspace.")
    return membership


def _factor_first(request: Any) -> HttpResponse:
    """To where a second factor is set up, and then back; what a form said waits meanwhile. Inside a page, a notice."""
    if not request.htmx:
        return redirect(f"{reverse('accounts:factor')}?next={quote(_after_factor(request))}")
    status = STOP_POLLING if is_poll(request) else 403
    answer = render(request, "accounts/_factor_first.html", {"url": reverse("accounts:factor")}, status=status)
    retarget(answer)
    return answer


def _after_factor(request: Any) -> str:
    """Where to go on: the page itself, or what was typed into its form, which was not sent."""
    if request.method in ("GET", "HEAD"):
        return str(request.get_full_path())
    kept = parking.park_mine(request)
    said = "What you typed is kept for 15 minutes and shown once the second factor is set up." if kept else ""
    messages.warning(request, f"Nothing was sent: a second factor is asked for first. {said}".strip())
    return kept or reverse("accounts:workspaces")


def _attach(request: Any, membership: Membership, project_id: str) -> None:
    request.workspace, request.membership = membership.workspace, membership
    request.may = May(membership.role)
    request.upstream = Upstream(membership.workspace)
    request.able = Able(membership.workspace)
    last = request.session.get(_LAST, {})
    key = str(membership.workspace_id)
    if not is_poll(request):
        request.session.seen()
        if project_id and last.get(key) != project_id:
            request.session[_LAST] = {**last, key: project_id}
    shown = project_id or last.get(key, "")
    request.project = ProjectRef(project_id, request.upstream) if project_id else None
    request.sidebar_project = request.project or (ProjectRef(shown, request.upstream, False) if shown else None)
    if shown and not is_poll(request):
        request.upstream.also = (project(shown).key, projects().key)


def forbidden(request: Any, role: str) -> HttpResponse:
    """403 with the people who may: as a page, or as a notice under htmx. Whoever tried is written down, once an hour a page."""
    if not limits.spend(f"refused:{request.user.pk}:{hashlib.sha256(request.path.encode()).hexdigest()[:32]}", 1, 3600):
        entry = record.ask(
            workspace=request.workspace, user=request.user, verb="access.refused", kind="page",
            thing_id=request.path[:200], thing_name=about(request.resolver_match.view_name),
            project_id=request.project.id if request.project else "",
        )  # fmt: skip
        record.outcome(entry, "refused", f"It takes the role {role}.")
    context = {"people": request.able[role], "role": role}
    if not request.htmx:
        return render(request, "accounts/forbidden.html", context, status=403)
    answer = render(request, "accounts/_forbidden.html", context, status=403)
    retarget(answer)
    return answer
