"""A project as the pages of its webhook read it, and what is said when that fails. The addresses in it are masked."""

from dataclasses import replace

from dashboard.accounts import queries
from dashboard.accounts.reads import Read
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import NotFound, Project
from dashboard.web import digest as digests
from dashboard.web import problems
from dashboard.webhooks import addresses
from dashboard.webhooks.forms import BOTH, OURS, THEIRS
from dashboard.webhooks.models import Endpoint


def own(read: Read, project_id: str) -> Project:
    """The project of the address, however old; raises the error when there is none."""
    project: Project = read.must()
    return replace(project, id=project_id)


def now(upstream: Upstream, project_id: str) -> Project | None:
    """The project, asked anew; None when it could not be read."""
    read = upstream.fresh(project=queries.project(project_id)).project
    return None if read.error is not None or read.value is None else own(read, project_id)


def called(project: Project) -> str:
    """The project's name for a sentence."""
    name = " ".join(project.name.split())
    return f"{name[:119]}…" if len(name) > 120 else name or "this project"


def choice(project: Project, endpoint: Endpoint | None) -> str:
    """Which of the three it is now; "" when Talkstack has no address."""
    if not project.webhook:
        return ""
    if not addresses.is_ours(project.webhook):
        return THEIRS
    return BOTH if endpoint and endpoint.relay_url else OURS


def digest(project: Project, endpoint: Endpoint | None) -> str:
    """What the form loaded: the address at Talkstack, and where events are passed on to."""
    return digests.of(project.webhook, endpoint.relay_url if endpoint else "")


def last_known(read: Read) -> tuple[int, tuple[str, str] | None]:
    """The status and the note (title, text) of a page that shows an older reading; (200, None) when this one is new.

    Raises the error when nothing is kept, or when Talkstack says that there is no such project.
    """
    if read.error is None:
        return 200, None
    if read.value is None or isinstance(read.error, NotFound):
        raise read.error
    text = f"{read.error.sentence} The address below is what was last known; it can be changed once Talkstack answers again."
    return problems.of_upstream(read.error).status, ("Talkstack cannot be asked now.", text)
