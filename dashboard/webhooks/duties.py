"""What webhooks hand to the registry: lines of the sidebar, what the background process does, what waits for a
person, and what stays of a deleted project.
"""

from dashboard.web import registry
from dashboard.webhooks import decisions, handling, keeping, passing, watching


def register() -> None:
    """Hand it over."""
    registry.nav(registry.NavItem("project", "Webhook", "webhook", "webhooks:events", 60))
    registry.duty(
        "read webhook events", handling.handle_due, 1,
        about="Takes what Talkstack's webhook told as a hint, and has the calls read.", waiting=decisions.to_handle,
    )  # fmt: skip
    registry.duty(
        "pass webhook events on", passing.pass_on_due, 1,
        about="Sends every event on to the system that a project names.", waiting=decisions.to_pass_on,
    )  # fmt: skip
    registry.duty(
        "look at webhook addresses", watching.look, 60,
        about="Asks Talkstack whether it still has the address that was set.", asks_talkstack=True,
    )  # fmt: skip
    registry.duty("let old webhook events go", keeping.let_go, 600, about="Removes events that are no longer kept.")
    registry.decision(decisions.of)
    registry.dependents("kept of a project", keeping.kept_of_project)
    registry.forgetting(keeping.forget)
    registry.sealed(keeping.sealed)
