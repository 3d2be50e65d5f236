"""Switching faults of the practice room on and off, with a record of who did it."""

from typing import Any

from dashboard.activity import record
from dashboard.talkstack import TalkstackError

from . import room
from .faults import Switch


def switch_on(workspace: Any, user: Any, switch: Switch, times: int) -> None:
    """Raises Unavailable when the practice server does not answer."""
    entry = record.ask(
        workspace=workspace, user=user, verb="practice.fault", kind="fault", thing_id=switch.name,
        thing_name=switch.label, after={"requests": times or "until switched off"},
    )  # fmt: skip
    _do(entry, lambda: room.add_fault(switch.kind, times, method=switch.method, path=switch.path, **switch.options))


def switch_off(workspace: Any, user: Any, fault_id: int | None, label: str) -> None:
    """One fault, or (None) all of them. Raises Unavailable when the practice server does not answer."""
    entry = record.ask(
        workspace=workspace,
        user=user,
        verb="practice.clear",
        kind="fault",
        thing_id=str(fault_id or ""),
        thing_name=label,
    )
    _do(entry, lambda: room.clear_faults(fault_id))


def _do(entry: Any, deed: Any) -> None:
    try:
        deed()
    except TalkstackError as error:
        record.outcome(entry, "failed", error.sentence)
        raise
    record.outcome(entry, "done")
