"""The page of a project's webhook: who is told about its calls, how that goes, and a test of it."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import queries
from dashboard.accounts.access import rename, workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.limits import at_most
from dashboard.talkstack import OutcomeUnknown, Project, Refused, TalkstackError
from dashboard.web import forms as web_forms
from dashboard.web import problems
from dashboard.web.forms import put_value
from dashboard.web.render import page, redirect, see
from dashboard.web.tokens import masked
from dashboard.webhooks import actions, addresses, facts, phrases, reading
from dashboard.webhooks.forms import BOTH, OURS, THEIRS, WebhookForm
from dashboard.webhooks.models import Endpoint

_NAMES = {"webhookURL": "webhook_url", "webhookUrl": "webhook_url", "call_status_webhook": "webhook_url"}
FIRST = ("Somebody else changed the address first.", "Nothing of yours was saved yet. Compare the two, then choose.")
Note = tuple[str, str]


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Choose who is told. It is read back afterwards, because Talkstack's answer does not hold it."""
    read = request.upstream.fresh(project=queries.project(project_id)).project
    endpoint, known = facts.endpoint_of(request.workspace, project_id)
    practice = request.workspace.practice
    if request.method != "POST":
        status, note = reading.last_known(read)
        project = reading.own(read, project_id)
        form = WebhookForm(initial=_initial(project, endpoint, practice), practice=practice)
        return _show(request, form, project, endpoint, status=status, note=note, known=known)
    form = WebhookForm(request.POST, practice=practice)
    project = reading.own(read, project_id)
    if not form.is_valid():
        return _show(request, form, project, endpoint, status=422)
    if read.error is not None:
        status, note = problems.not_saved(read.error)
        return _show(request, form, project, endpoint, status=status, note=note)
    return _save(request, form, project, endpoint)


def _initial(project: Project, endpoint: Endpoint | None, practice: bool) -> dict[str, str]:
    now = reading.choice(project, endpoint)
    theirs = project.webhook if now == THEIRS else endpoint.relay_url if endpoint else ""
    first = THEIRS if addresses.unreachable(practice) else OURS
    return {"choice": now or first, "webhook_url": theirs, "loaded": reading.digest(project, endpoint)}


def _show(
    request: WorkspaceRequest, form: WebhookForm, project: Project, endpoint: Endpoint | None,
    *, status: int = 200, note: Note | None = None, known: dict[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    rename(request, project.name)
    if known is None:
        endpoint, known = facts.endpoint_of(request.workspace, project.id)
    told = facts.of(project, endpoint, known, request.workspace)
    context = {"form": form, "the_project": project, "note": note, "facts": told}
    return page(request, "webhooks/page.html", context, fragments=("webhook-form",), status=status)


def _save(request: WorkspaceRequest, form: WebhookForm, project: Project, endpoint: Endpoint | None) -> HttpResponse:
    if (loaded := form.cleaned_data["loaded"]) and loaded != reading.digest(project, endpoint):
        put_value(form, "loaded", reading.digest(project, endpoint))
        return _show(request, form, project, endpoint, status=409, note=FIRST)
    choice, theirs = form.cleaned_data["choice"], form.cleaned_data["webhook_url"]
    endpoint = addresses.ensure(request.workspace, project.id, project.name)
    url = theirs if choice == THEIRS else addresses.url_of(actions.secret_for(endpoint))
    relay = theirs if choice == BOTH else ""
    if masked(url) == project.webhook and endpoint.relay_url == relay:
        see(request, "Updates go to this address already; nothing had to be changed.", "info")
        return _to_page(request, project)
    if relay:
        actions.pass_on(endpoint, request.user, relay)  # before the first event comes
    try:
        now = _tell(request, project, endpoint, url)
    except TalkstackError as error:
        return _not_saved(request, form, project, endpoint, error)
    actions.pass_on(endpoint, request.user, relay)
    see(request, *phrases.changed(project, now, url, relay))
    return _to_page(request, project)


def _tell(request: WorkspaceRequest, project: Project, endpoint: Endpoint, url: str) -> Project | None:
    """Tell Talkstack, if it does not have it, and give what it has then. Raises the error of a write that did not arrive."""
    if masked(url) == project.webhook:
        return project
    try:
        actions.tell(request.upstream, request.user, project, url)
    except OutcomeUnknown:
        now = reading.now(request.upstream, project.id)
        if now is None or now.webhook != masked(url):
            raise
    else:
        now = reading.now(request.upstream, project.id)
    actions.told(endpoint, project.webhook, url, now.webhook if now else None)
    return now


def _not_saved(
    request: WorkspaceRequest, form: WebhookForm, project: Project, endpoint: Endpoint, error: TalkstackError
) -> HttpResponse:
    if isinstance(error, Refused):
        error.message, error.fields = masked(error.message), masked(error.fields)
        web_forms.add_upstream(form, error, _NAMES)
        return _show(request, form, project, endpoint, status=422)
    now = reading.now(request.upstream, project.id) if isinstance(error, OutcomeUnknown) else None
    status, note = problems.not_saved(error)
    return _show(request, form, now or project, endpoint, status=status, note=note)


@workspace_view(role="admin")
@at_most("webhook test", 10, 60)
@require_POST
def test(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Send a test event the way events go now, and show what came of it."""
    project = reading.own(request.upstream.fresh(project=queries.project(project_id)).project, project_id)
    endpoint = addresses.of_project(request.workspace, project_id)
    choice = reading.choice(project, endpoint)
    if choice == THEIRS:
        posted = actions.test_theirs(request.workspace, project, request.user)
        see(request, *phrases.tested(posted, addresses.host_of(project.webhook)))
    elif not choice or endpoint is None:
        see(request, "Nobody is told about the calls yet, so there is nothing to test. Choose first.", "warning")
    else:
        posted, event = actions.test_ours(endpoint, request.user)
        see(request, *phrases.tested_here(posted, settings.PUBLIC_URL))
        if event is not None:
            return redirect(request, "webhooks:event", request.workspace.slug, project_id, event.pk)
    return _to_page(request, project)


def _to_page(request: Any, project: Project) -> HttpResponse:
    return redirect(request, "webhooks:page", request.workspace.slug, project.id)
