"""Calls that were made before the sandbox was opened: working hours of the last three weeks, every kind of ending."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from .call_api import build
from .store import Agent, Call, Store

DAYS = 21
UTC_OFFSET = timedelta(hours=-8)
FIRST_NAMES = ("Alex", "Billie", "Casey", "Dana", "Ellis", "Frankie", "Gray", "Harper", "Indigo", "Jules", "Kit", "Lee")
LAST_NAMES = ("Sample", "Example", "Placeholder", "Specimen", "Testwell", "Mockford", "Draftley", "Modelson")
AREAS = ("206", "415", "503", "312", "602", "713", "646", "305")
WEEKDAYS = ("Monday", "Tuesday", "Thursday")
CLINICS = ("Northgate East", "Northgate Main", "Northgate Hill")
WINDOWS = ("Tuesday 9 to 11", "Wednesday 13 to 15", "Thursday 10 to 12", "Friday 14 to 16")
# agent, share of the calls, from the number
BUSY = (("reminder", 46), ("follow-up", 16), ("intake", 5), ("maintenance", 15), ("delivery", 18))
ENDINGS = (("answered", 58), ("no-answer", 14), ("voicemail", 14), ("busy", 6), ("silence", 4), ("failed", 4))
DIGITS = {"busy": 11, "no-answer": 12, "voicemail": 13, "silence": 14, "failed": 15}


def three_weeks(store: Store, agents: dict[str, Agent], now: float, size: int = 250) -> None:
    """About ``size`` calls, oldest first, the last some minutes before ``now``."""
    chance = Random("three weeks")
    moments = sorted(working_moments(chance, now, size))
    stories = endings()
    for at in moments:
        agent = agents[chance.choices([name for name, _ in BUSY], [share for _, share in BUSY])[0]]
        keep(store, one(store, agent, chance.choice(stories), at, chance))


def endings() -> list[str]:
    """A hundred stories in their shares, to choose from."""
    return [story for story, share in ENDINGS for _ in range(share)]


def working_moments(chance: Random, now: float, size: int) -> list[float]:
    """Moments between 9 and 18 o'clock on working days, and a few in the last hours so that today is not empty."""
    found = [now - gap for gap in (420.0, 1500.0, 2700.0, 5400.0)]
    last = now - 600
    while len(found) < size:
        day = datetime.fromtimestamp(now, UTC) + UTC_OFFSET - timedelta(days=chance.randrange(DAYS))
        if day.weekday() == 6 or (day.weekday() == 5 and chance.random() < 0.8):
            continue
        hour = min(max(chance.gauss(13, 2.4), 9.0), 17.9)
        local = day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour)
        at = (local - UTC_OFFSET).timestamp()
        if at < last:
            found.append(round(at, 3))
    return found


def one(store: Store, agent: Agent, story: str, at: float, chance: Random) -> Call:
    project, number = store.projects[agent.project_id], store.number_of(agent.id)
    origin = (number.id, number.e164) if number else ("", "")
    talk = 0.0
    if story == "answered":
        talk = round(min(max(chance.lognormvariate(4.1, 0.55), 12), 420), 2)
    variables = values(agent.prompt, chance)
    return build(chance, project, agent, dialled(story, chance), origin, variables, story, at, talk=talk)


def dialled(story: str, chance: Random) -> str:
    """A made-up number whose last two digits fit what happened, so that calling it again ends the same way."""
    ordinary = [*range(0, 11), *range(20, 60)]
    return f"+1{chance.choice(AREAS)}55501{DIGITS.get(story) or chance.choice(ordinary):02}"


def values(prompt: str, chance: Random) -> dict[str, str]:
    """Something plausible for each variable of the prompt."""
    name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
    known = {
        "name": name,
        "tenant_name": name,
        "clinic": chance.choice(CLINICS),
        "appointment_time": f"{chance.choice(WEEKDAYS)} {chance.randint(9, 16)}:{chance.choice(('00', '30'))}",
        "missed_on": chance.choice(("Monday", "last Friday", "the 3rd")),
        "unit": f"{chance.randint(1, 9)}{chance.choice('ABCD')}",
        "issue": chance.choice(("a dripping tap", "a heater that stays cold", "a window that does not close")),
        "visit_window": chance.choice(WINDOWS),
        "parcel": f"LD-{chance.randint(10_000, 99_999)}",
        "delivery_window": chance.choice(WINDOWS),
        "address": f"{chance.randint(1, 99)} Example Street",
    }
    return {key: value for key, value in known.items() if "{{" + key + "}}" in prompt}


def keep(store: Store, call: Call) -> None:
    call.told = len(call.stages)
    store.add_call(call)


def plain(store: Store, agent: Agent, now: float, size: int) -> None:
    """So many calls of one agent, ten minutes apart, for measuring."""
    chance = Random("plain")
    stories = endings()
    for place in range(size):
        keep(store, one(store, agent, chance.choice(stories), now - (size - place) * 600.0, chance))
