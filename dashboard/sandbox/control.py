"""The control plane: what a practice page or a browser test may see and change. Not part of Talkstack's API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import lives
from .ask import read_json
from .hooks import Manner
from .wire import Refusal, Request, Response, as_json, iso

if TYPE_CHECKING:
    from .app import Sandbox

PREFIX = "/_sandbox/"


def wants(request: Request) -> bool:
    return request.path == "/healthz" or request.path.startswith("/_sandbox")


def answer(sandbox: Sandbox, request: Request) -> Response:
    """Answer a request to the control plane."""
    if request.path == "/healthz":
        return as_json({"status": "ok"})
    page = PAGES.get((request.method, "/" + request.path.removeprefix("/_sandbox").strip("/")))
    try:
        if page is None:
            raise Refusal(404, "There is no such control.")
        return as_json(page(sandbox, request))
    except Refusal as refusal:
        return refusal.response()


def overview(sandbox: Sandbox, request: Request) -> Any:
    shown = [
        {"digits": story.digits, "label": story.label, "description": story.description} for story in lives.STORIES
    ]
    return {
        "rings": len(sandbox.rings),
        "faults": [rule.public() for rule in sandbox.faults.rules()],
        "stories": shown,
        "now": iso(sandbox.now()),
        "speed": sandbox.speed,
        "accounts": len(sandbox.accounts),
        "calls": len(sandbox.store.calls),
        "mails": len(sandbox.outbox),
    }


def outbox(sandbox: Sandbox, request: Request) -> Any:
    with sandbox.store.lock:
        return {"mails": [asdict(mail) | {"at": iso(mail.at)} for mail in reversed(sandbox.outbox)]}


def rings(sandbox: Sandbox, request: Request) -> Any:
    with sandbox.store.lock:
        rows = [asdict(row) | {"at": iso(row.at)} for row in sandbox.rings[-500:]]
        return {"count": len(sandbox.rings), "rings": rows}


def asked(sandbox: Sandbox, request: Request) -> Any:
    rows = [asdict(row) | {"at": iso(row.at)} for row in sandbox.asked[-500:]]
    return {"count": len(sandbox.asked), "asked": rows}


def webhooks(sandbox: Sandbox, request: Request) -> Any:
    return {"webhooks": list(sandbox.store.hooks)}


def deliver_how(sandbox: Sandbox, request: Request) -> Any:
    """How events are delivered from now on (hooks.Manner); what is left out is as usual."""
    try:
        sandbox.hooks.manner = Manner(**dict(read_json(request)))
    except (ValueError, TypeError) as error:
        raise Refusal(400, str(error)) from None
    return {"manner": asdict(sandbox.hooks.manner)}


def list_faults(sandbox: Sandbox, request: Request) -> Any:
    return {"faults": [rule.public() for rule in sandbox.faults.rules()]}


def add_fault(sandbox: Sandbox, request: Request) -> Any:
    options = dict(read_json(request))
    try:
        return sandbox.faults.add(str(options.pop("kind", "")), **options).public()
    except (ValueError, TypeError) as error:
        raise Refusal(400, str(error)) from None


def clear_faults(sandbox: Sandbox, request: Request) -> Any:
    wanted = request.one("id")
    sandbox.faults.clear(int(wanted) if wanted.isdigit() else None)
    return list_faults(sandbox, request)


def release(sandbox: Sandbox, request: Request) -> Any:
    sandbox.faults.release()
    return list_faults(sandbox, request)


def clock(sandbox: Sandbox, request: Request) -> Any:
    advance = read_json(request).get("advance")
    if isinstance(advance, bool) or not isinstance(advance, int | float) or not 0 <= advance <= 10 * 365 * 86400:
        raise Refusal(400, "advance must be a number of seconds, not negative.")
    sandbox.tick(float(advance))
    return {"now": iso(sandbox.now())}


def away(sandbox: Sandbox, request: Request) -> Any:
    """Ask the process door to refuse connections for some seconds (at most a minute); the adapter has rule "down"."""
    seconds = read_json(request).get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 60:
        raise Refusal(400, "seconds must be between 0 and 60.")
    sandbox.away = float(seconds)
    return {"away": seconds}


PAGES: dict[tuple[str, str], Callable[[Sandbox, Request], Any]] = {
    ("GET", "/"): overview,
    ("GET", "/outbox"): outbox,
    ("GET", "/rings"): rings,
    ("GET", "/asked"): asked,
    ("GET", "/webhooks"): webhooks,
    ("POST", "/webhooks"): deliver_how,
    ("GET", "/faults"): list_faults,
    ("POST", "/faults"): add_fault,
    ("DELETE", "/faults"): clear_faults,
    ("POST", "/faults/release"): release,
    ("POST", "/clock"): clock,
    ("POST", "/away"): away,
}
