"""The API key: a new one from Talkstack, shown once; one that somebody has; and forgetting the one that is stored."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import connection, fresh, keys, sessions
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.web.render import page, redirect, see
from dashboard.workspace_settings import actions, actions_key, actions_paste, facts, words
from dashboard.workspace_settings.forms import KeyForm, PasteForm


@workspace_view(role="owner")
@require_http_methods(["GET", "HEAD", "POST"])
@fresh.fresh_password
def generate(request: WorkspaceRequest) -> HttpResponse:
    """GET says what a new key ends; POST asks for one, once for each page that was shown, and shows it once."""
    if request.method != "POST":
        return _before(request)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _not_now(request, keys.TooOld())
    try:
        key = actions_key.generate(request.workspace, request.user, form.cleaned_data["key_version"])
    except keys.NotNow as not_now:
        return _not_now(request, not_now)
    except actions_key.NotMade as not_made:
        connection.again(request.workspace)
        return _before(request, not_made)
    answer = page(request, "workspace_settings/key_shown.html", {"key": key})
    answer["Cache-Control"] = "no-store"
    return answer


@workspace_view(role="owner")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("api_key")
@fresh.fresh_password
def paste(request: WorkspaceRequest) -> HttpResponse:
    """Store a key that somebody has, once Talkstack took it."""
    if request.method != "POST":
        return _paste(request, PasteForm())
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _paste(request, form, 422)
    try:
        actions_paste.paste(request.upstream, request.user, form.cleaned_data["api_key"])
    except keys.NotNow as not_now:
        return _not_now(request, not_now)
    except actions_paste.NotTaken as not_taken:
        form.add_error("api_key" if not_taken.about_key else None, not_taken.words)
        return _paste(request, form, not_taken.status)
    see(request, "Talkstack took the key, and it is stored. The workspace uses it from now on.")
    return redirect(request, "settings:page", request.workspace.slug)


@workspace_view(role="owner")
@require_POST
@fresh.fresh_password
def remove(request: WorkspaceRequest) -> HttpResponse:
    """Forget the stored key, go back to the account's sign-in, and see whether that works."""
    link = request.workspace.connection
    if not (link.api_key or link.key_asked_at):
        see(request, "There was no key here any more. Nothing had to be changed.", "info")
        return redirect(request, "settings:page", request.workspace.slug)
    try:
        actions_key.remove(request.workspace, request.user)
    except keys.NotNow as not_now:
        return _not_now(request, not_now)
    except actions_key.NothingLeft:
        see(request, words.nothing_left(link), "error")
        return redirect(request, "settings:page", request.workspace.slug)
    see(request, "The key was removed from here. At Talkstack it stays what it was.", "info")
    level, said = actions.try_connection(request.upstream, request.user)
    see(request, said, level)
    return redirect(request, "settings:page", request.workspace.slug)


def _before(request: WorkspaceRequest, not_made: actions_key.NotMade | None = None) -> HttpResponse:
    """The page with the warning; after a try without a key, with what came of it."""
    context: dict[str, Any] = {
        "told": facts.connected(request.workspace),
        "form": KeyForm(initial={"key_version": request.workspace.connection.key_version}),
        "not_made": not_made,
    }
    status = not_made.status if not_made else 200
    return page(request, "workspace_settings/key.html", context, status=status)


def _paste(request: WorkspaceRequest, form: PasteForm, status: int = 200) -> HttpResponse:
    """The page to paste a key. The password is asked for on it, so that no page has to carry the key from there to here."""
    context = {
        "form": form,
        "told": facts.connected(request.workspace),
        "ask_password": not sessions.password_is_fresh(request),
        "password_field": fresh.FIELD,
    }
    return page(request, "workspace_settings/key_paste.html", context, status=status)


def _not_now(request: WorkspaceRequest, not_now: keys.NotNow) -> HttpResponse:
    under_way = isinstance(not_now, keys.UnderWay)
    return page(request, "workspace_settings/key_not_now.html", {"under_way": under_way}, status=409)
