"""What each role can do, in verbs: the one table of it. Each line names the pages it is about, and a test compares the roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.accounts.models import Membership
from dashboard.accounts.roles import Role, at_least, roles_from


@dataclass(frozen=True)
class Verb:
    """Something that takes at least `role`. `pages` are the URL names at which it is done."""

    words: str
    role: Role
    pages: tuple[str, ...]


VERBS = (
    Verb(
        "Look at projects, agents, numbers and voices", Role.VIEWER, ("projects:list", "agents:detail", "voices:list")
    ),
    Verb(
        "Follow calls, read and hear what came of them", Role.VIEWER, ("calls:all", "calls:detail", "calls:recording")
    ),
    Verb("See who did what", Role.VIEWER, ("activity:list", "activity:entry")),
    Verb("Start calls, and cancel those that still wait", Role.OPERATOR, ("calls:new", "calls:cancel")),
    Verb("Decide what became of unknown calls", Role.OPERATOR, ("calls:decide", "calls:release")),
    Verb("Export the activity", Role.OPERATOR, ("activity:export",)),
    Verb(
        "Create, change and delete projects and agents", Role.ADMIN, ("projects:edit", "projects:delete", "agents:edit")
    ),
    Verb("Assign numbers, and choose which agent is active", Role.ADMIN, ("numbers:assign", "agents:active")),
    Verb("Have everything about a phone number forgotten", Role.ADMIN, ("settings:forget",)),
    Verb("Say where Talkstack sends its updates", Role.ADMIN, ("webhooks:page", "webhooks:rotate")),
    Verb("Invite, change and remove viewers and operators", Role.ADMIN, ("team:invite", "team:role", "team:remove")),
    Verb("See how the connection to Talkstack stands", Role.ADMIN, ("settings:page",)),
    Verb("Invite, change and remove admins, and make owners", Role.OWNER, ()),
    Verb("Change the connection to Talkstack and its API key", Role.OWNER, ("settings:key", "settings:key_paste")),
    Verb(
        "Name the workspace, and say who needs a second factor", Role.OWNER, ("settings:name", "settings:second_factor")
    ),
    Verb("Say how long activity, calls and variables are kept", Role.OWNER, ("settings:keeping",)),
    Verb("Hand the workspace over", Role.OWNER, ("team:hand_over",)),
)


@dataclass(frozen=True)
class Group:
    """The verbs that begin with one role. `ask` are the people to ask, if whoever looks may not do them."""

    role: Role
    verbs: tuple[Verb, ...]
    cells: tuple[bool, ...]
    mine: bool
    ask: tuple[Membership, ...]


def table(mine: str, members: Iterable[Membership]) -> list[Group]:
    """The table for somebody with the role `mine`; `members` with their users. One group of lines for each role."""
    known = list(members)
    return [
        Group(
            role=role,
            verbs=tuple(verb for verb in VERBS if verb.role == role),
            cells=tuple(at_least(each, role) for each in Role),
            mine=at_least(mine, role),
            ask=() if at_least(mine, role) else _who_may(role, known),
        )
        for role in Role
    ]


def of(role: str) -> list[str]:
    """What somebody with this role can do, the things that begin with it first."""
    return [verb.words for each in reversed(Role) if at_least(role, each) for verb in VERBS if verb.role == each]


def _who_may(role: str, members: list[Membership]) -> tuple[Membership, ...]:
    able = [each for each in members if each.role in roles_from(role) and each.user.is_active]
    return tuple(sorted(able, key=lambda each: roles_from(role).index(each.role)))
