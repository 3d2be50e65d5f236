"""The request that a view under /w/<slug>/ gets, for annotations."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from .access import Able, ProjectRef
from .models import Membership, User, Workspace
from .roles import May
from .upstream import Upstream


class WorkspaceRequest(HttpRequest):
    """A request that `workspace_view` let through, with what it put there. Never made: only named in annotations."""

    user: User
    htmx: HtmxDetails
    workspace: Workspace
    membership: Membership
    may: May
    upstream: Upstream
    able: Able
    project: ProjectRef | None
    sidebar_project: ProjectRef | None
