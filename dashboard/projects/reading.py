"""What the views of projects read from Talkstack, with the id of the address and not that of an answer."""

from dataclasses import replace

from dashboard.accounts import queries
from dashboard.accounts.reads import Read
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Project


def own(read: Read, project_id: str) -> Project:
    """The project of the address, however old; raises the error when there is none."""
    project: Project = read.must()
    return replace(project, id=project_id)


def certain(read: Read, project_id: str) -> Project:
    """The project as it is at this moment; raises the error when it could not be asked for just now."""
    if read.error is not None:
        raise read.error
    return own(read, project_id)


def now(upstream: Upstream, project_id: str) -> Project | None:
    """The project, asked anew; None when it could not be read."""
    read = upstream.fresh(project=queries.project(project_id)).project
    return None if read.error is not None or read.value is None else own(read, project_id)


def called(project: Project) -> str:
    """The project's name for a sentence."""
    name = " ".join(project.name.split())
    return f"{name[:119]}…" if len(name) > 120 else name or "This project"
