"""What is said after something was done about a member. Pure functions."""

from dashboard.team import ranks
from dashboard.team.actions import Changed


def sessions(count: int) -> str:
    """How many sessions, in words."""
    return "1 session" if count == 1 else f"{count or 'no'} sessions"


def role_changed(changed: Changed, role: str, myself: bool) -> str:
    """Which role somebody has now, and which one they had."""
    if changed.was == role:
        return f"{'You are' if myself else f'{changed.user} is'} {ranks.a(role)} already; nothing had to be changed."
    if myself:
        words = f"You are {ranks.a(role)} now; you were {ranks.a(changed.was)} before."
    else:
        words = f"{changed.user} is {ranks.a(role)} now, and was {ranks.a(changed.was)} before."
    return words + withdrawn(changed)


def removed(changed: Changed) -> str:
    """That somebody is gone, what ended with them and what goes on."""
    words = f"{changed.user} was removed; {sessions(changed.sessions)} ended."
    if changed.calls:
        words += (
            f" {changed.calls} call{'s' * (changed.calls > 1)} of theirs {'go' if changed.calls > 1 else 'goes'} on."
        )
    return words + withdrawn(changed)


def withdrawn(changed: Changed) -> str:
    """What they had sent and no longer may."""
    count = changed.invitations
    if not count:
        return ""
    return f" {count} invitation{'s' * (count > 1)} that they had sent {'were' if count > 1 else 'was'} withdrawn."


def factor_removed(changed: Changed, gone: bool) -> str:
    """That the second factor is gone, or that there was none."""
    if not gone:
        return f"{changed.user} has no second factor. Nothing was changed."
    return (
        f"The second factor of {changed.user} was removed, and {sessions(changed.sessions)} ended. They sign in with their "
        "password and set up a new one."
    )


WELCOME = {
    "viewer": "You can look at everything here, and change nothing. Start with Calls in the menu.",
    "operator": "You can start calls and read what came of them. To begin, open a project and press “Start a call”.",
    "admin": "You can set up projects, agents and numbers, and invite others. Start with Projects in the menu.",
    "owner": "Everything here is yours to do. Start with Projects in the menu.",
}


def welcome(workspace: str, role: str) -> str:
    """The first words in a workspace: what one is, what one can do, and where to start."""
    return f"Welcome to {workspace}. You are {ranks.a(role)} here. {WELCOME[role]}"
