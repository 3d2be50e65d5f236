"""The background process reads every project's agents and numbers now and then: the page of voices knows who uses which, and
the first page which numbers ring nobody, whoever opened which page.

Bounded: a few at a time, the ones read longest ago first, so many requests per round; one workspace after another. The first
sign that Talkstack is away or busy ends the round for that workspace.
"""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboard.accounts import queries
from dashboard.accounts.models import Snapshot, Workspace
from dashboard.accounts.queries import Query
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent, NotFound

log = logging.getLogger(__name__)
EVERY_SECONDS = 120
READ_AGAIN_AFTER = timedelta(minutes=5)
AT_ONCE = 6
LISTS_PER_ROUND = 240  # two for every project: its agents, its numbers
PER_ROUND = 240  # about single agents
SECONDS_PER_WORKSPACE = 60.0


def read_agents() -> bool:
    """One round through all workspaces that can speak to Talkstack. Never asks to be run again at once."""
    for workspace in Workspace.objects.select_related("connection").exclude(
        connection__sign_in_needed=True, connection__api_key=""
    ):
        read_workspace(workspace)
    return False


def read_workspace(workspace: Workspace) -> int:
    """Read one workspace's lists of agents and numbers, then what is due of single agents; gives how many of those were read.

    At most 1 + LISTS_PER_ROUND + PER_ROUND requests.
    """
    upstream = Upstream(workspace)
    until = time.monotonic() + SECONDS_PER_WORKSPACE
    read = upstream.fresh(projects=queries.projects()).projects
    if read.error:
        log.info("voices in use wait: %s", read.error)
        return 0
    lists = [query for one in read.value for query in (queries.agents(one.id), queries.numbers(one.id))]
    told, ended = _read(upstream, _oldest_first(workspace, lists)[:LISTS_PER_ROUND], until)
    if ended:
        return 0
    agents = [agent for one in read.value for agent in told.get(queries.agents(one.id).key, ())]
    numbers = [number for one in read.value for number in told.get(queries.numbers(one.id).key, ())]
    single = _about(agents, {number.agent_id for number in numbers})
    return len(_read(upstream, _oldest_first(workspace, single, READ_AGAIN_AFTER)[:PER_ROUND], until)[0])


def _about(agents: Iterable[Agent], ringing: set[str]) -> list[Query[Any]]:
    """What is asked about single agents. A project may tell only some of its numbers (API contract, 7.1): who seems to have
    none is asked about it."""
    agents = list(agents)
    mute = [one for one in agents if one.id not in ringing and not one.phone_number]
    return [
        *(queries.agent_numbers(one.id) for one in mute),
        *(queries.agent(one.project_id, one.id) for one in agents),
    ]


def _read(upstream: Upstream, wanted: list[Query[Any]], until: float) -> tuple[dict[str, Any], bool]:
    """The new answers by their keys, as far as the time reaches; and whether Talkstack is away or busy, which ends it."""
    told: dict[str, Any] = {}
    for start in range(0, len(wanted), AT_ONCE):
        if time.monotonic() > until:
            break
        part = {query.key: query for query in wanted[start : start + AT_ONCE]}
        reads = upstream.fresh(**part)
        told |= {key: reads[key].value for key in part if reads[key].error is None}
        if any(one.error and not isinstance(one.error, NotFound) for one in reads):
            return told, True
    return told, False


def _oldest_first(workspace: Workspace, wanted: list[Query[Any]], after: timedelta = timedelta()) -> list[Query[Any]]:
    """Those that were never read, or not for so long; the longest unread first."""
    times = dict(Snapshot.objects.filter(workspace=workspace).values_list("key", "stored_at"))
    late, never = timezone.now() - after, timezone.now() - timedelta(days=3650)
    due = [query for query in wanted if times.get(query.key, never) <= late]
    return sorted(due, key=lambda query: times.get(query.key, never))
