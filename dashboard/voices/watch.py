"""The background process reads every agent singly now and then, so that the page of voices knows who uses which.

Bounded: a few at a time, the ones read longest ago first, so many per round; one workspace after another. The first
sign that Talkstack is away or busy ends the round for that workspace.
"""

import logging
import time
from datetime import timedelta

from django.utils import timezone

from dashboard.accounts import queries
from dashboard.accounts.models import Snapshot, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent, NotFound, Project

log = logging.getLogger(__name__)
EVERY_SECONDS = 120
READ_AGAIN_AFTER = timedelta(minutes=5)
AT_ONCE = 6
PER_ROUND = 240
SECONDS_PER_WORKSPACE = 60.0


def read_agents() -> bool:
    """One round through all workspaces that can speak to Talkstack. Never asks to be run again at once."""
    for workspace in Workspace.objects.select_related("connection").exclude(
        connection__sign_in_needed=True, connection__api_key=""
    ):
        read_workspace(workspace)
    return False


def read_workspace(workspace: Workspace) -> int:
    """Read the agents of one workspace that are due; gives how many were read."""
    upstream = Upstream(workspace)
    until = time.monotonic() + SECONDS_PER_WORKSPACE
    read = upstream.fresh(projects=queries.projects()).projects
    if read.error:
        log.info("voices in use wait: %s", read.error)
        return 0
    due = _due(workspace, _listed(upstream, read.value, until))
    done = 0
    for start in range(0, min(len(due), PER_ROUND), AT_ONCE):
        if time.monotonic() > until:
            break
        part = {f"agent {project_id} {agent_id}": queries.agent(project_id, agent_id)
                for project_id, agent_id in due[start : start + AT_ONCE]}  # fmt: skip
        reads = upstream.fresh(**part)
        done += sum(1 for one in reads if one.error is None)
        if any(one.error and not isinstance(one.error, NotFound) for one in reads):
            break
    return done


def _listed(upstream: Upstream, projects: list[Project], until: float) -> list[Agent]:
    """Every agent of these projects, as far as the time reaches."""
    agents: list[Agent] = []
    for start in range(0, len(projects), AT_ONCE):
        if time.monotonic() > until:
            break
        part = projects[start : start + AT_ONCE]
        reads = upstream.fresh(**{f"project {one.id}": queries.agents(one.id) for one in part})
        agents += [agent for one in reads for agent in one.value or []]
    return agents


def _due(workspace: Workspace, agents: list[Agent]) -> list[tuple[str, str]]:
    """Project and id of the agents that were never read singly, or not lately; the longest unread first."""
    kept = Snapshot.objects.filter(workspace=workspace, key__startswith="agent:")
    times = dict(kept.values_list("key", "stored_at"))
    late = timezone.now() - READ_AGAIN_AFTER
    unread = timezone.now() - timedelta(days=3650)
    found = [(times.get(queries.agent(one.project_id, one.id).key, unread), one.project_id, one.id) for one in agents]
    return [(project_id, agent_id) for at, project_id, agent_id in sorted(found) if at <= late]
