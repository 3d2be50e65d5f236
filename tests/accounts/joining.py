"""What the tests of the account pages share."""

import time
from typing import Any

from dashboard.activity.models import Entry
from dashboard.sandbox import Sandbox

NEW = {"name": "Nora New", "email": "nora@oakcare.example", "password": "a password of Nora's own"}


def mail_to(sandbox: Sandbox, email: str) -> Any:
    """The newest mail to this address."""
    return next(mail for mail in reversed(sandbox.outbox) if mail.to == email)


def told(sandbox: Sandbox, path: str, body: dict[str, Any], status: int = 400) -> None:
    """Let the next answer from this path be this one."""
    sandbox.faults.add("text" if status == 200 else str(status), path=path, body={"message": "words", **body})


def took(do: Any) -> float:
    """How long it takes, in seconds."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def entry(verb: str) -> tuple[str, str]:
    """The result and the name of the newest record of this kind."""
    found = Entry.objects.filter(verb=verb).first()
    assert found is not None, verb
    return found.outcome.result, found.thing_name


def everything_recorded() -> str:
    """Every record with its outcome, as text."""
    rows = [
        *Entry.objects.values_list("thing_name", "thing_id", "before", "after", "outcome__words", "outcome__thing_name")
    ]
    return repr(rows)
