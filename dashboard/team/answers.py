"""What the pages of the team answer when somebody is not there, or not theirs to manage."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase

from dashboard.accounts.access import forbidden
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.models import Membership
from dashboard.team import held, ranks
from dashboard.team.held import NotThere, OutOfRank

View = Callable[..., HttpResponseBase]


def in_rank(view: View) -> View:
    """For a view below `workspace_view`: 404 for NotThere, 403 with whom to ask for OutOfRank."""

    @wraps(view)
    def answered(request: WorkspaceRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotThere as error:
            raise Http404("Nobody of this workspace.") from error
        except OutOfRank as error:
            return forbidden(request, error.role)

    return answered


def theirs_to_manage(request: WorkspaceRequest, member_id: int) -> Membership:
    """The member, if whoever asks may manage them. Raises NotThere or OutOfRank."""
    theirs = held.member(request.workspace, member_id)
    if not ranks.may_manage(request.membership.role, theirs.role):
        raise OutOfRank(ranks.needed_for(theirs.role))
    return theirs
