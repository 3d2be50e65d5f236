from typing import Any

import pytest

from dashboard.accounts.upstream import Upstream


@pytest.fixture
def harbor(workspace: Any) -> str:
    """The id of the demo project "Harbor Row Homes", which has a number without an agent."""
    return next(one.id for one in Upstream(workspace).client().projects.list() if one.name == "Harbor Row Homes")


@pytest.fixture
def agents(workspace: Any, project_id: str) -> dict[str, str]:
    """The ids of the agents of the demo project, by name."""
    return {agent.name: agent.id for agent in Upstream(workspace).client().agents.list(project_id)}
