"""Personal data: how long a workspace keeps things, and having everything about one phone number forgotten."""

import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.accounts.access import workspace_view
from dashboard.accounts.fresh import fresh_password
from dashboard.accounts.http import WorkspaceRequest
from dashboard.calls import forgetting
from dashboard.calls.forgetting import Found
from dashboard.calls.rows import rows as call_rows
from dashboard.web import registry
from dashboard.web.forms import put_value
from dashboard.web.render import page, redirect, see
from dashboard.workspace_settings import actions_keeping as actions
from dashboard.workspace_settings.actions_keeping import Going
from dashboard.workspace_settings.forms_keeping import ForgetForm, KeepingForm, Kept, NumberForm, words

LISTED = 15
_SHOWN = re.compile(r"([0-9]{9,11})\.[0-9a-f]{32}")
_SHOWN_FOR = timedelta(hours=1)
Note = tuple[str, str]
FIRST = ("Somebody else changed this first.", "Nothing of yours was saved yet. Compare the two, then choose.")
OTHERS = ("What goes is not what was shown before.", "Nothing was saved yet. Look again, then decide.")
OPEN = ("Nothing was forgotten.", "A call with this number is not over; see below.")
REMAINS = (
    "Not all of it is forgotten.",
    "A call has come to name it meanwhile and is being read; see below. Try again soon.",
)
MOVED = ("Something has changed since this page was shown.", "Nothing was forgotten. Look again, then decide.")


# --- How long things are kept ------------------------------------------------------------------------------------------
@workspace_view(role="owner")
@fresh_password
@require_http_methods(["GET", "HEAD", "POST"])
def keeping(request: WorkspaceRequest) -> HttpResponse:
    """Choose how long. A shorter time is saved only after everything that goes with it was shown."""
    before = actions.kept(request.workspace)
    if request.method != "POST":
        return _keeping(request, KeepingForm(kept=before), before)
    form = KeepingForm(request.POST, kept=before)
    if not form.is_valid():
        return _keeping(request, form, before, status=422)
    if form.cleaned_data["loaded"] not in ("", actions.digest(before)):
        return _keeping(request, form, before, status=409, note=FIRST)
    if form.kept() == before:
        see(request, "It is so already; nothing had to be changed.", "info")
        return redirect(request, "settings:keeping", request.workspace.slug)
    return _keep(request, form, before)


def _keep(request: WorkspaceRequest, form: KeepingForm, before: Kept) -> HttpResponse:
    """Save it, unless something goes that was not shown yet. What is counted is what was old when it was shown."""
    wanted, shown = form.kept(), form.cleaned_data["shown"]
    at = _shown_at(shown)
    gone = actions.going(request.workspace, wanted, at)
    mark = f"{int(at.timestamp())}.{actions.digest(wanted, gone)}"
    if gone and mark != shown:
        status, note = (409, OTHERS) if shown else (422, None)
        return _keeping(request, form, before, status=status, gone=gone, mark=mark, note=note)
    if not actions.save(request.workspace, request.user, before, wanted):
        request.workspace.refresh_from_db()
        return _keeping(request, form, actions.kept(request.workspace), status=409, note=FIRST)
    see(request, _saved([each.what for each in gone if each.count]))
    return redirect(request, "settings:keeping", request.workspace.slug)


def _saved(going: list[str]) -> str:
    if not going:
        return "Saved."
    what = " and ".join([", ".join(going[:-1]), going[-1]] if len(going) > 1 else going)
    if registry.worker_alive() is False:
        return f"Saved. The background process is not running now; when it does, it lets {what} go."
    return f"Saved. The background process lets {what} go within an hour."


def _shown_at(shown: str) -> datetime:
    """When the page was made that said what goes; now, when it is too long ago, or was none."""
    now = timezone.now().replace(microsecond=0)
    found = _SHOWN.fullmatch(shown)
    at = datetime.fromtimestamp(int(found[1]), UTC) if found else now
    return at if timedelta(0) <= now - at <= _SHOWN_FOR else now


def _keeping(
    request: WorkspaceRequest,
    form: KeepingForm,
    before: Kept,
    *,
    status: int = 200,
    gone: list[Going] | None = None,
    mark: str = "",
    note: Note | None = None,
) -> HttpResponse:
    if form.is_bound:
        put_value(form, "loaded", actions.digest(before))
        put_value(form, "shown", mark)
    form.initial["loaded"] = actions.digest(before)
    context = {
        "form": form,
        "gone": gone or [],
        "something": any(each.count for each in gone or []),
        "now": [(form.fields[name].label, words(name, days)) for name, days in before.items()] if form.is_bound else [],
        "note": note,
        "sign_ins": words("keep_entries_days", settings.SIGN_INS_KEEP_DAYS or None),
    }
    return page(request, "workspace_settings/keeping.html", context, status=status)


# --- Forgetting a number -----------------------------------------------------------------------------------------------
@workspace_view(role="admin")
@fresh_password
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: WorkspaceRequest) -> HttpResponse:
    """A number: what is known of it and what would stay. Its last four digits: all of it is forgotten."""
    if request.method == "POST" and "shown" in request.POST:
        return _forget(request, ForgetForm(request.POST))
    given = request.POST if request.method == "POST" else request.GET
    if "number" not in given and request.method != "POST":
        return _forgetting(request, NumberForm())
    form = NumberForm(given)
    if not form.is_valid():
        return _forgetting(request, form, status=422)
    return _forgetting(request, form, forgetting.look(request.workspace, form.cleaned_data["number"]))


def _forget(request: WorkspaceRequest, form: ForgetForm) -> HttpResponse:
    valid = form.is_valid()
    number = form.cleaned_data.get("number", "")
    if not number:
        return _forgetting(request, form, status=422)
    if not valid:
        return _forgetting(request, form, forgetting.look(request.workspace, number), status=422)
    try:
        done = forgetting.forget(request.workspace, request.user, number, form.cleaned_data["shown"])
    except forgetting.StillOpen as stopped:
        return _forgetting(request, form, stopped.found, status=409, note=OPEN)
    except forgetting.Remains as stopped:
        return _forgetting(request, form, stopped.found, status=409, note=REMAINS)
    except forgetting.Moved as stopped:
        return _forgetting(request, form, stopped.found, status=409, note=MOVED)
    calls, entries = len(done.calls), done.entries
    counted = f"{calls:,} call{'' if calls == 1 else 's'} and {entries:,} entr{'y' if entries == 1 else 'ies'} here"
    see(request, f"The number ending in {number[-2:]} is forgotten: {counted} named it.")
    return redirect(request, "settings:forget", request.workspace.slug)


def _forgetting(
    request: WorkspaceRequest,
    form: NumberForm,
    found: Found | None = None,
    *,
    status: int = 200,
    note: Note | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "found": found,
        "blocking": call_rows(found.blocking[:LISTED], request.workspace.slug) if found else [],
        "more_blocking": max(len(found.blocking) - LISTED, 0) if found else 0,
        "note": note,
    }
    return page(request, "workspace_settings/forget.html", context, status=status)
