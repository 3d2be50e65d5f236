"""Made-up calls of two years: plain values, row by row, the oldest first. Whatever happens, the same seed gives the same calls."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

YEARS, RECENT = timedelta(days=730), timedelta(days=7)
STATES = {
    "completed": 62, "no-answer": 14, "voicemail": 12, "busy": 5, "failed": 3, "silence": 2, "canceled": 1, "": 1,
}  # fmt: skip
TALKED = ("completed", "voicemail", "silence")
FIRST = [
    "Ada",
    "Bo",
    "Cleo",
    "Dov",
    "Edda",
    "Finn",
    "Gita",
    "Hale",
    "Ines",
    "Jomar",
    "Kaia",
    "Lars",
    "Maja",
    "Nils",
    "Olu",
    "Pia",
    "Quin",
    "Rosa",
    "Sven",
    "Tove",
    "Uma",
    "Vito",
]
LAST = [
    "Sample",
    "Example",
    "Placeholder",
    "Specimen",
    "Mockup",
    "Fixture",
    "Dummy",
    "Madeup",
    "Pretend",
    "Stand-in",
    "Template",
    "Draft",
]
CITIES = [
    "Northgate",
    "Southbrook",
    "Eastfield",
    "Westmarch",
    "Middleton",
    "Highvale",
    "Lowmere",
    "Fairpoint",
    "Stonebridge",
    "Oakham",
]
BUSY_NUMBER = "+12065550177"  # 6 of 100 calls are with it
RARE, COMMON, OLD, NOWHERE = "zyxwold", "reminder", "quarterly", "qqqqzzzz"


@dataclass
class Cast:
    """Whose calls they are: ids of the workspace and of a person, projects as (id, name), and agents as (id, name, line)."""

    workspace: int
    user: int
    email: str
    projects: list[tuple[str, str]]
    agents: list[tuple[str, str, str]]


def agents() -> list[tuple[str, str, str]]:
    """Forty of them; the first one makes a tenth of all calls."""
    return [(f"bench-agent-{n}", f"Agent {n:02d} {CITIES[n % 10]}", f"+1425555{100 + n:04d}") for n in range(40)]


def calls(many: int, cast: Cast, now: datetime, seed: int = 7) -> Iterator[dict[str, Any]]:
    """So many calls as values by field name, of which a sixth are of the last week."""
    chance = random.Random(seed)
    span = [RECENT if chance.random() < 0.15 else YEARS for _ in range(many)]
    ages = sorted((chance.random() * each.total_seconds() for each in span), reverse=True)
    kinds = chance.choices(list(STATES), list(STATES.values()), k=many)
    for n, (age, state) in enumerate(zip(ages, kinds, strict=True)):
        yield _call(n, many, now - timedelta(seconds=age + 600), state, cast, chance)


def _call(n: int, many: int, at: datetime, state: str, cast: Cast, chance: random.Random) -> dict[str, Any]:
    agent = cast.agents[0 if chance.random() < 0.1 else int(chance.random() * 40)]
    project = cast.projects[int(agent[0].rpartition("-")[2]) % len(cast.projects)]
    seconds = round(chance.lognormvariate(4, 0.8), 1) if state in TALKED else None
    if state == "no-answer":
        seconds = round(15 + chance.random() * 20, 1)
    ours, ended = chance.random() < 0.6 or not state, at + timedelta(seconds=30 + (seconds or 0))
    old = many - n > many * 0.55
    pk = uuid.UUID(int=chance.getrandbits(128), version=4)
    return {
        "id": pk,
        "workspace_id": cast.workspace,
        "project_id": project[0],
        "project_name": project[1],
        "agent_id": agent[0],
        "agent_name": agent[1],
        "number": BUSY_NUMBER if chance.random() < 0.06 else _number(chance),
        "from_number": agent[2],
        "direction": "outbound" if ours or chance.random() < 0.8 else "inbound",
        "variables": _variables(n == many // 2, old, chance),
        "at": at,
        "attempt": ("placed" if state else "refused") if ours else "",
        "placed_by_id": cast.user if ours else None,
        "placed_by_email": cast.email if ours else "",
        "attempt_at": at if ours else None,
        "words": "" if state else "Talkstack refused this: the number cannot be called.",
        "sid": f"CA{pk.hex}" if state else None,
        "call_id": f"call-{pk.hex[:20]}" if state else None,
        "state": state,
        "state_source": "call_data" if state else "",
        "state_at": ended if state else None,
        "started_at": at if state else None,
        "ended_at": ended if state else None,
        "seconds": seconds,
        "cost": f"{seconds * 0.0021:.6f}" if seconds and state in TALKED else None,
        "currency": "USD" if seconds else "",
        "recordings": [f"https://api.twilio.com/recordings/{pk.hex}.mp3"] if state == "completed" else [],
        "data": _data(chance) if state == "completed" else {},
        "raw": {"sid": f"CA{pk.hex}", "status": state, "duration": seconds} if state else {},
        "final_at": ended,
        "read_at": ended,
    }


def _number(chance: random.Random) -> str:
    return f"+1{int(201 + chance.random() * 780)}55501{int(chance.random() * 100):02d}"


def _variables(rare: bool, old: bool, chance: random.Random) -> dict[str, str]:
    told = {
        "name": f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        "city": chance.choice(CITIES),
        "reason": COMMON if chance.random() < 0.6 else "renewal of the plan",
        "customer": f"C-{int(chance.random() * 10_000_000):07d}",
    }
    if old and chance.random() < 0.03:
        told["campaign"] = f"{OLD} check-up"
    return told | ({"note": RARE} if rare else {})


def _data(chance: random.Random) -> dict[str, Any]:
    day = f"2026-{1 + int(chance.random() * 12):02d}-{1 + int(chance.random() * 28):02d}"
    told = {"appointmentConfirmed": chance.random() < 0.7, "preferredDay": day}
    return told | ({"remark": f"Asked for {chance.choice(CITIES)}, will call back."} if chance.random() < 0.3 else {})
