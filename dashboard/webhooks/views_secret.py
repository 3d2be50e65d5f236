"""The secret address: shown to be copied, made anew, and the old one ended."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.fresh import fresh_password
from dashboard.accounts.http import WorkspaceRequest
from dashboard.talkstack import TalkstackError
from dashboard.web.render import page, redirect, see
from dashboard.web.tokens import masked
from dashboard.webhooks import actions, addresses, phrases, reading
from dashboard.webhooks.models import Secret


@workspace_view(role="admin")
@fresh_password
@require_POST
def address(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """The whole address, this once; makes one if there is none yet."""
    project = reading.own(request.upstream.read(project=queries.project(project_id)).project, project_id)
    endpoint = addresses.ensure(request.workspace, project_id, project.name)
    actions.secret_for(endpoint)
    context = {"url": actions.show(endpoint, request.user), "the_project": project}
    return page(request, "webhooks/address.html", context)


@workspace_view(role="admin")
@fresh_password
@require_POST
def rotate(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """A new secret, told to Talkstack if it has one of ours; the old one counts on until somebody ends it, or 7 days."""
    project = reading.own(request.upstream.strict(project=queries.project(project_id)).project, project_id)
    endpoint = addresses.ensure(request.workspace, project_id, project.name)
    url = addresses.url_of(actions.new_secret(endpoint, request.user))
    if not addresses.is_ours(project.webhook):
        actions.end_old_later(endpoint)
        see(request, "There is a new secret address. Talkstack was not told: it sends to another system.")
        return _back(request, project_id)
    error: TalkstackError | None = None
    try:
        actions.tell(request.upstream, request.user, project, url)
    except TalkstackError as failed:
        error = failed
    now = reading.now(request.upstream, project_id)
    there = now is not None and now.webhook == masked(url)
    if there or error is None:
        actions.told(endpoint, project.webhook, url, now.webhook if now else None)
    if there:
        actions.end_old_later(endpoint)
    see(request, *phrases.rotated(there, error.sentence if error else ""))
    return _back(request, project_id)


@workspace_view(role="admin")
@require_POST
def end(request: WorkspaceRequest, project_id: str, secret_id: int) -> HttpResponse:
    """End an old secret now; not while Talkstack still sends to it."""
    secret = _secret(request, project_id, secret_id)
    now = reading.now(request.upstream, project_id)
    if now is None:
        see(request, "Nothing was ended: which address Talkstack sends to could not be read just now.", "warning")
    elif addresses.hint_of(now.webhook) == secret.hint:
        see(
            request, "Nothing was ended: Talkstack still sends to this address. Save “This dashboard” first.", "warning"
        )
    elif actions.end(secret, request.user):
        see(request, f"The old secret ending in {secret.hint} opens nothing any more.")
    else:
        see(request, "Nothing had to be ended.", "info")
    return _back(request, project_id)


def _secret(request: WorkspaceRequest, project_id: str, secret_id: int) -> Secret:
    mine = Secret.objects.filter(endpoint__workspace=request.workspace, endpoint__project_id=project_id)
    found = mine.select_related("endpoint__workspace").filter(pk=secret_id).first()
    if found is None:
        raise Http404("No such secret.")
    return found


def _back(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    return redirect(request, "webhooks:page", request.workspace.slug, project_id)
