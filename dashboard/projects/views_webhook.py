"""Where Talkstack sends the updates of a project's calls. It can be set and replaced; Talkstack knows no way to remove it."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from dashboard.accounts import queries
from dashboard.accounts.access import rename, workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.projects import actions, digest, reading
from dashboard.projects.forms import WebhookForm
from dashboard.talkstack import OutcomeUnknown, Project, Refused, TalkstackError
from dashboard.web import forms as web_forms
from dashboard.web.forms import put_value
from dashboard.web.render import page, redirect, see

_NAMES = {"webhookURL": "webhook_url", "webhookUrl": "webhook_url", "call_status_webhook": "webhook_url"}
FIRST = ("Somebody else changed the address first.", "Nothing of yours was saved yet. Compare the two, then choose.")


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Set the address. It is read back afterwards, because Talkstack's answer does not hold it."""
    read = request.upstream.fresh(project=queries.project(project_id)).project
    practice = request.workspace.practice
    if request.method != "POST":
        project = reading.certain(read, project_id)
        form = WebhookForm(
            initial={"webhook_url": project.webhook, "loaded": digest.of_webhook(project)}, practice=practice
        )
        return _show(request, form, project)
    form = WebhookForm(request.POST, practice=practice)
    project = reading.own(read, project_id)
    if not form.is_valid():
        return _show(request, form, project, status=422)
    if read.error is not None:
        status, note = reading.failed(read.error)
        return _show(request, form, project, status=status, note=note)
    return _save(request, form, project)


def _show(
    request: WorkspaceRequest,
    form: WebhookForm,
    project: Project,
    *,
    status: int = 200,
    note: tuple[str, str] | None = None,
) -> HttpResponse:
    rename(request, project.name)
    context = {"form": form, "the_project": project, "note": note}
    return page(request, "projects/webhook.html", context, fragments=("webhook-form",), status=status)


def _save(request: WorkspaceRequest, form: WebhookForm, project: Project) -> HttpResponse:
    url, loaded = form.cleaned_data["webhook_url"], form.cleaned_data["loaded"]
    if url == project.webhook:
        see(request, "Updates go to this address already; nothing had to be changed.", "info")
        return redirect(request, "projects:detail", request.workspace.slug, project.id)
    if loaded and loaded != digest.of_webhook(project):
        put_value(form, "loaded", digest.of_webhook(project))
        return _show(request, form, project, status=409, note=FIRST)
    try:
        actions.set_webhook(request.upstream, request.user, project, url)
    except Refused as error:
        web_forms.add_upstream(form, error, _NAMES)
        return _show(request, form, project, status=422)
    except OutcomeUnknown as error:
        now = reading.now(request.upstream, project.id)
        if now is None or now.webhook != url:
            status, note = reading.failed(error)
            return _show(request, form, now or project, status=status, note=note)
        _say(request, project, now, url)
    except TalkstackError as error:
        status, note = reading.failed(error)
        return _show(request, form, project, status=status, note=note)
    else:
        _say(request, project, reading.now(request.upstream, project.id), url)
    return redirect(request, "projects:detail", request.workspace.slug, project.id)


def _say(request: WorkspaceRequest, before: Project, now: Project | None, url: str) -> None:
    """What Talkstack has now, not what was hoped for."""
    if now is None:
        see(request, f"Talkstack took the new address {url}, but it could not be read back.", "warning")
    elif now.webhook != url:
        see(request, f"Talkstack took the new address, but still shows {now.webhook or 'none'}.", "warning")
    elif before.webhook:
        see(request, f"Updates of {reading.called(before)} go to {url} now. Before, they went to {before.webhook}.")
    else:
        see(request, f"Updates of {reading.called(before)} go to {url} now.")
