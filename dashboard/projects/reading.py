"""What the views of projects read from Talkstack, with the id of the address and not that of an answer."""

from dataclasses import replace

from dashboard.accounts import queries
from dashboard.accounts.reads import Read
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import OutcomeUnknown, Project, TalkstackError
from dashboard.web import problems


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


def failed(error: TalkstackError) -> tuple[int, tuple[str, str]]:
    """The status and the note (title, text) for a write, or the reading before it, that did not come to a good end."""
    problem = problems.of_upstream(error)
    if isinstance(error, OutcomeUnknown):
        return problem.status, (problem.title, f"{problem.text} What you typed is still here.")
    return problem.status, ("Nothing was saved.", f"{error.sentence} What you typed is still here: try again.")
