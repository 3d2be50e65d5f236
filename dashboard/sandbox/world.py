"""The world that a new sandbox starts with: one team, its projects, agents and numbers. All of it is made up."""

from __future__ import annotations

from random import Random
from uuid import UUID

from . import past, prompts
from .passwords import hashed
from .store import Account, Agent, Number, Project, Store

OWNER_EMAIL = "owner@oakcare.example"
OWNER_NAME = "Robin Oakley"
COMPANY = "Oak Care"
DAY = 86400.0

# key, name, description, age in days (0: Talkstack does not say, as it sometimes does not)
PROJECTS = (
    ("northgate", "Northgate Clinics", "Appointment reminders and follow-ups for the three northern clinics.", 210),
    ("harbor", "Harbor Row Homes", "Repairs and rent for 140 flats by the harbor.", 0),
    ("larkspur", "Larkspur Deliveries", "Tells people when their parcel comes and asks how it went.", 45),
)
# key, project, name, prompt, voice id
AGENTS = (
    ("reminder", "northgate", "Appointment reminder", prompts.REMINDER, "Ar1aV8oQx2LmN4pT6sYe"),
    ("follow-up", "northgate", "Missed visit follow-up", prompts.FOLLOW_UP, "R0gErk3UbZ7nXw5cJd9f"),
    ("intake", "northgate", "Intake questions", prompts.INTAKE, "Ar1aV8oQx2LmN4pT6sYe"),
    ("flu", "northgate", "Flu season notice", prompts.FLU, "EXAVITQu4vr4xnSDxMaL"),
    ("maintenance", "harbor", "Maintenance line", prompts.MAINTENANCE, "G30rGeMc9vTq1BkYh6jl"),
    ("rent", "harbor", "Rent reminder", prompts.RENT, "M4t1LdaVw0nJx5rZe8ui"),
    ("delivery", "larkspur", "Delivery window", prompts.DELIVERY, "Ch4rL1eZs5DfPg7uWn3x"),
    ("survey", "larkspur", "After the parcel", prompts.SURVEY, "1sLaPk6hTf2bQs9oMy4d"),
)
# number, project, agent ("" = nobody yet)
NUMBERS = (
    ("+14155550132", "northgate", "reminder"),
    ("+14155550147", "northgate", "follow-up"),
    ("+14155550158", "northgate", "intake"),
    ("+12065550164", "harbor", "maintenance"),
    ("+12065550171", "harbor", ""),
    ("+13125550186", "larkspur", "delivery"),
)
ACTIVE = (("northgate", "reminder"), ("harbor", "maintenance"), ("larkspur", "delivery"))


def fixed_id(name: str) -> str:
    """The same id in every sandbox: "project/northgate", "agent/reminder", "number/+14155550132" …"""
    return str(UUID(int=Random(f"practice/{name}").getrandbits(128), version=4))


def oak_care(store: Store, now: float, email: str, password: str, chance: Random) -> Account:
    """Fill an empty store with the demo team, whose three weeks of calls end at ``now``."""
    owner = _owner(store, now, email, password, chance)
    for key, name, description, age in PROJECTS:
        made = now - age * DAY if age else None
        store.projects[fixed_id(f"project/{key}")] = Project(
            fixed_id(f"project/{key}"), owner.id, name, description, created_at=made, updated_at=made
        )
    for key, project, name, prompt, voice in AGENTS:
        store.add_agent(Agent(fixed_id(f"agent/{key}"), fixed_id(f"project/{project}"), name, prompt, voice))
    for e164, project, agent in NUMBERS:
        store.numbers[e164] = Number(
            fixed_id(f"number/{e164}"),
            e164,
            owner.id,
            fixed_id(f"project/{project}"),
            fixed_id(f"agent/{agent}") if agent else None,
        )
    for project, agent in ACTIVE:
        store.projects[fixed_id(f"project/{project}")].active_agent = fixed_id(f"agent/{agent}")
    owner.active_project = fixed_id("project/northgate")
    past.three_weeks(store, {key: store.agents[fixed_id(f"agent/{key}")] for key, *_ in AGENTS}, now)
    return owner


def _owner(store: Store, now: float, email: str, password: str, chance: Random) -> Account:
    made = now - 240 * DAY
    kept = hashed(password, chance) if password else ""
    owner = Account(fixed_id("account/owner"), email.lower(), OWNER_NAME, kept, made, made, True, COMPANY)
    owner.configured = kept
    store.accounts[owner.id] = owner
    return owner


def many(
    store: Store,
    now: float,
    email: str,
    password: str,
    chance: Random,
    *,
    projects: int = 60,
    agents: int = 400,
    calls: int = 0,
) -> Account:
    """A big account for measuring: so many projects with the agents spread over them, each with a number.

    ``calls`` past calls go to the first project.
    """
    owner = _owner(store, now, email, password, chance)
    for place in range(projects):
        made = now - (projects - place) * DAY
        row = Project(
            fixed_id(f"project/{place}"), owner.id, f"Project {place + 1:02}", "", created_at=made, updated_at=made
        )
        store.projects[row.id] = row
    for place in range(agents):
        project = fixed_id(f"project/{place % projects}")
        agent = Agent(
            fixed_id(f"agent/{place}"), project, f"Agent {place + 1:03}", prompts.REMINDER, "Ar1aV8oQx2LmN4pT6sYe"
        )
        store.add_agent(agent)
        e164 = f"+1{201 + place // 100}5550{100 + place % 100}"
        store.numbers[e164] = Number(fixed_id(f"number/{e164}"), e164, owner.id, project, agent.id)
    if agents and projects:
        store.projects[fixed_id("project/0")].active_agent = fixed_id("agent/0")
        past.plain(store, store.agents[fixed_id("agent/0")], now, calls)
    return owner
