"""What went wrong, in words: what happened, what did not happen, what to do next. A page, or a notice for htmx."""

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from dashboard.talkstack import errors
from dashboard.web.links import link


@dataclass(frozen=True)
class Problem:
    """`again`: trying again is safe and may help. `retry_after`: seconds, or None. `kind`: how bad it is, as in notes.

    `renew`: only renewing the connection helps. `look`: whether it happened can be seen in the list of such things.
    """

    status: int
    title: str
    text: str
    again: bool = False
    retry_after: int | None = None
    kind: str = "bad"
    renew: bool = False
    look: bool = False


BUSY = Problem(
    503, "The database is busy.", "Nothing was sent and nothing was changed. Try again in a moment.", True, 5
)
TOO_OFTEN = Problem(429, "That was too often.", "Nothing was done.")
NOT_FOUND = Problem(404, "This page is not here.", "The address may be old, or the thing it showed was removed.")
FORBIDDEN = Problem(403, "You may not do this.", "Nothing was changed.")
BAD_REQUEST = Problem(
    400, "This request could not be read.", "Nothing was changed. Go back, reload the page and try again."
)
STALE_FORM = Problem(
    403,
    "This page was too old to be sent.",
    "Nothing was sent. Somebody may have signed in or out in another tab. What you typed is only in your browser: if you still "
    "see it, copy it before you reload the page; then send it once more.",
)
KEPT_FORM = Problem(
    403,
    "This page was too old to be sent.",
    "Nothing was sent: you signed in again in another tab. What you typed is kept for 15 minutes; look at it and send it from "
    "there.",
)
BROKEN = Problem(
    500,
    "Something broke in the dashboard.",
    "It is in the log of whoever runs it. Look whether it happened before you do it again: no call is ever sent twice by itself.",
)


def too_often(words: str, retry_after: int) -> Problem:
    """Somebody does something more often than is allowed; `words` say when they may again (seconds in `retry_after`)."""
    return replace(TOO_OFTEN, text=words, retry_after=retry_after)


def of_upstream(error: errors.TalkstackError) -> Problem:
    """What an error of the service module means for the person in front of the page."""
    sentence = error.sentence
    match error:
        case errors.NotFound():
            return Problem(
                404, "This is not at Talkstack any more.", "It may have been deleted elsewhere. Nothing was changed."
            )
        case errors.OutcomeUnknown():
            text = f"{sentence} Look at the list to see whether it happened before you do it again."
            return Problem(502, "We do not know whether this went through.", text, kind="busy", look=True)
        case errors.KeyRejected():
            return Problem(
                502,
                "Talkstack refused the key of this workspace.",
                "Nothing was changed, and you are still signed in here. The owner of the workspace mends the connection in its "
                "settings.",
                renew=True,
            )
        case errors.NotAllowed():
            return Problem(403, "Talkstack does not allow this.", sentence)
        case errors.RateLimited():
            wait = int(error.retry_after or 30)
            return Problem(503, "Talkstack is busy.", f"{sentence} Try again in {wait} s.", True, wait)
        case errors.Unavailable():
            unchanged = "" if "othing was changed" in sentence else " Nothing was changed."
            text = f"{sentence}{unchanged} Lists and overviews still show what was last known."
            return Problem(502, "Talkstack cannot be reached.", text, again=True)
        case errors.Refused():
            said = f" It said: {error.message}" if error.message else ""
            return Problem(422, "Talkstack refused this.", f"{sentence}{said}")
    return Problem(502, "Talkstack's answer could not be understood.", sentence, again=True)


def not_saved(error: errors.TalkstackError) -> tuple[int, tuple[str, str]]:
    """The status and the note (title, text) of a form whose write, or the reading before it, did not come to a good end."""
    problem = of_upstream(error)
    if isinstance(error, errors.OutcomeUnknown):
        return problem.status, (problem.title, f"{problem.text} What you typed is still here.")
    return problem.status, ("Nothing was saved.", f"{error.sentence} What you typed is still here: try again.")


def answer(request: HttpRequest, problem: Problem, first: list[tuple[str, str]] | None = None) -> HttpResponse:
    """The problem as a page; for htmx as a notice that goes into #messages, wherever the request wanted to put it.

    `first`: addresses that help, with their words, before those that always do.
    """
    if problem.again and request.method not in ("GET", "HEAD"):
        problem = replace(problem, again=False, text=f"{problem.text} Go back and send it again.")
    notice = bool(getattr(request, "htmx", False))
    template = "ui/_notice.html" if notice else "errors/problem.html"
    context = {"problem": problem, "links": [*(first or []), *links(request, problem, notice)], "helps": bool(first)}
    response = render(request, template, context, status=problem.status)
    if notice:
        retarget(response)
    if problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def retarget(response: HttpResponse) -> None:
    """Make htmx put this answer into #messages; the element itself stays, for it is the page's live region."""
    response["HX-Retarget"], response["HX-Reswap"] = "#messages", "innerHTML"


def links(request: HttpRequest, problem: Problem, notice: bool) -> list[tuple[str, str]]:
    """Where one can go from here: (address, words). Only addresses that exist; a notice names only what it is about."""
    workspace = getattr(request, "workspace", None)
    if workspace is None:
        return [] if notice else [("/", "To the start")]
    found = []
    if problem.renew and getattr(getattr(request, "may", None), "owner", False):
        found.append((_first(("settings:page", [workspace.slug])), "Mend the connection"))
    if problem.look:
        found.append((_list_of_these(request, workspace.slug), "Look at the list"))
    if not notice:
        found += [
            (_first(("projects:list", [workspace.slug])), "All projects"),
            (_first(("calls:all", [workspace.slug])), "All calls"),
        ]
    return [(url, words) for url, words in found if url]


def _list_of_these(request: HttpRequest, slug: str) -> str:
    """The list of the feature that was asked, as near as there is one."""
    match = request.resolver_match
    feature = match.app_name if match else ""
    project_id = match.kwargs.get("project_id", "") if match else ""
    nearest = [(f"{feature}:list", [slug, project_id])] if project_id else []
    return _first(*nearest, (f"{feature}:list", [slug]), (f"{feature}:all", [slug]), ("projects:list", [slug]))


def _first(*tries: tuple[str, list[str]]) -> str:
    """The address of the first of these names that exists, "" if none does."""
    return next((url for name, args in tries if (url := link(name, *args))), "")
