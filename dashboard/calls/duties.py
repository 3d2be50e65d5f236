"""What calls hand to the registry: lines of the sidebar, and what the background process does."""

from functools import partial

from dashboard.calls import attempts, dialing, follow, keeping, reconcile
from dashboard.web import registry

LANES = 4


def register() -> None:
    """Hand over both. A slow ring must not keep the next one waiting: several lanes."""
    registry.nav(registry.NavItem("work", "Calls", "phone", "calls:all", 20))
    registry.nav(registry.NavItem("project", "Calls", "phone-call", "calls:list", 40))
    for lane in range(LANES):
        registry.duty(f"send calls {lane + 1}", partial(send, lane), 0.5)
    registry.duty("give up dead attempts", attempts.expire_leases, 5)
    registry.duty("look for unknown calls", reconcile.look_for_unknown, 5)
    registry.duty("follow open calls", follow.follow_open, 1)
    registry.duty("read call histories", follow.read_histories, follow.HISTORY_EVERY.total_seconds())
    registry.duty("let old calls go", keeping.let_go, 3600)


def send(lane: int) -> bool:
    """Send one call from this lane; the lane's name is what its attempts are leased to."""
    return dialing.send_next(f"{registry.worker_name()} lane {lane + 1}")
