"""What each role can do, in verbs: the one table of it. Each line names the pages it is about, and a test compares the roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from .models import Membership
from .roles import Role, at_least, roles_from


@dataclass(frozen=True)
class Verb:
    """Something that takes at least `role`. `pages` are the URL names at which it is done."""

    words: str
    role: Role
    pages: tuple[str, ...]


VERBS = (
    Verb(
        "Look at projects, agents, numbers and voices",
        Role.VIEWER,
        ("home:home", "projects:list", "projects:detail", "agents:list", "agents:detail", "numbers:list", "voices:list",
         "voices:preview"),
    ),
    Verb(
        "Follow calls, read and hear what came of them",
        Role.VIEWER,
        ("calls:all", "calls:list", "calls:unknown", "calls:read", "calls:read_all", "calls:detail", "calls:status",
         "calls:recording"),
    ),
    Verb(
        "Keep views of the calls for oneself",
        Role.VIEWER,
        ("calls:views", "calls:view_save", "calls:view_rename", "calls:view_delete"),
    ),
    Verb(
        "Read questions about calls and their answers",
        Role.VIEWER,
        ("analysis:list", "analysis:detail", "analysis:asking", "analysis:status", "analysis:call"),
    ),
    Verb("Read the updates that Talkstack sent", Role.VIEWER, ("webhooks:events", "webhooks:event")),
    Verb("See who did what", Role.VIEWER, ("activity:list", "activity:entry")),
    Verb("See the team and its roles, and leave it", Role.VIEWER, ("team:list", "team:leave")),
    Verb("See the practice room", Role.VIEWER, ("practice:room",)),
    Verb("Start calls, and cancel those that still wait", Role.OPERATOR, ("calls:new", "calls:cancel")),
    Verb("Decide what became of unknown calls", Role.OPERATOR, ("calls:decide", "calls:release")),
    Verb(
        "Ask questions about calls",
        Role.OPERATOR,
        ("analysis:ask", "analysis:ask_call", "analysis:again", "analysis:stop"),
    ),
    Verb(
        "Export calls with what was collected, and the activity",
        Role.OPERATOR,
        ("calls:export", "calls:export_project", "activity:export"),
    ),
    Verb("Read the mails of the practice room", Role.OPERATOR, ("practice:outbox",)),
    Verb(
        "Create, change and delete projects and agents",
        Role.ADMIN,
        ("projects:new", "projects:edit", "projects:delete", "agents:new", "agents:edit", "agents:delete"),
    ),
    Verb(
        "Assign numbers, and choose which agent and project is active",
        Role.ADMIN,
        ("numbers:assign", "agents:active", "projects:active"),
    ),
    Verb("Make, change and retire question sets", Role.ADMIN, ("analysis:new", "analysis:edit", "analysis:retire")),
    Verb("Keep views of the calls for the whole team", Role.ADMIN, ()),
    Verb("Have everything about a phone number forgotten", Role.ADMIN, ("settings:forget",)),
    Verb(
        "Say where Talkstack sends its updates",
        Role.ADMIN,
        ("webhooks:page", "webhooks:address", "webhooks:rotate", "webhooks:end", "webhooks:test", "webhooks:replay"),
    ),
    Verb(
        "Invite, change and remove viewers and operators",
        Role.ADMIN,
        ("team:invite", "team:withdraw", "team:role", "team:remove"),
    ),
    Verb(
        "End their sessions, make links for a new password, remove a lost second factor",
        Role.ADMIN,
        ("team:sessions_end", "team:reset_link", "team:factor_remove"),
    ),
    Verb(
        "See how the connection to Talkstack stands, and what the background process does",
        Role.ADMIN,
        ("settings:page", "worker:background"),
    ),
    Verb("Switch practice faults on and off", Role.ADMIN, ("practice:faults",)),
    Verb("Invite, change and remove admins, and make owners", Role.OWNER, ()),
    Verb(
        "Change the connection to Talkstack and its API key",
        Role.OWNER,
        ("settings:key", "settings:key_paste", "settings:key_remove", "settings:test"),
    ),
    Verb(
        "Name the workspace, and say who needs a second factor", Role.OWNER, ("settings:name", "settings:second_factor")
    ),
    Verb("Say how long activity, calls and variables are kept", Role.OWNER, ("settings:keeping",)),
    Verb("Hand the workspace over", Role.OWNER, ("team:hand_over",)),
)  # fmt: skip


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


def about(page: str) -> str:
    """What is done at the page with this URL name, to follow "to": "create, change and delete projects and agents"."""
    words = next((verb.words for verb in VERBS if page in verb.pages), "Open this page")
    return f"{words[:1].lower()}{words[1:]}"


def _who_may(role: str, members: list[Membership]) -> tuple[Membership, ...]:
    able = [each for each in members if each.role in roles_from(role) and each.user.is_active]
    return tuple(sorted(able, key=lambda each: roles_from(role).index(each.role)))
