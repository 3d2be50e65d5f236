"""Mails: written down sealed, sent by the background process, so that no page waits for a mail server."""

import logging
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template import Context, Engine
from django.utils import timezone

from dashboard.web.links import link
from dashboard.web.registry import Waiting

from .models import OutgoingMail, Workspace
from .secrets import SecretUnreadable, open_, seal

MOST_TRIES = 6
KEPT_FOR = timedelta(days=7)
_NOBODY = 0
_LEASE = timedelta(minutes=2)
_LATE = timedelta(minutes=2)
_WHY = {
    "SMTPAuthenticationError": "the mail server does not let the dashboard in",
    "SMTPRecipientsRefused": "the mail server does not take mails for this address",
    "SMTPSenderRefused": "the mail server does not take mails from the dashboard's address",
    "SecretUnreadable": "what it says was sealed with a key that is gone",
    "ValueError": "its address or its words cannot be put into a mail",
}
_log = logging.getLogger(__name__)


def configured() -> bool:
    """Whether mails can be sent from here (EMAIL_URL)."""
    return bool(settings.EMAIL_URL)


def send(to: str, subject: str, template: str, context: dict[str, object], workspace: Workspace | None = None) -> bool:
    """Have a mail sent soon; False, and nothing written down, where no mail is set up.

    `workspace` is the one that sends it, whose admins may see whether it went (`unsent`).
    Takes a text template; its context is never a request, and what it renders goes into the mail as plain text.
    """
    if not configured():
        return False
    row = OutgoingMail(to=to, subject=" ".join(subject.split())[:200], workspace=workspace)
    words = (
        Engine.get_default().get_template(template).render(Context(context, autoescape=False))
    )  # plain text, not HTML
    row.body = seal(_NOBODY, f"mail {row.pk}", words)
    row.save()
    return True


def unsent(workspace: Workspace) -> list[OutgoingMail]:
    """The workspace's mails that have not gone yet, oldest first, without what they say."""
    return list(OutgoingMail.objects.filter(workspace=workspace, sent_at=None).defer("body").order_by("created_at"))


def waiting(workspace: Workspace) -> list[Waiting]:
    """For the page about the background process."""
    late = [row for row in unsent(workspace) if row.tries]
    if not late:
        return []
    one = f"mail that could not be sent yet, because {why(late[-1])}"
    words = one if len(late) == 1 else f"mails that could not be sent yet, the last one because {why(late[-1])}"
    return [Waiting(words, len(late), late[0].created_at, link("team:list", workspace.slug))]


def trouble(row: OutgoingMail) -> str:
    """In words, why a mail has not gone and what happens next; "" while it is merely on its way."""
    if row.tries >= MOST_TRIES and row.problem:
        return f"The mail could not be sent, and is not tried again: {why(row)}."
    if row.problem:
        return f"The mail could not be sent yet: {why(row)}. It is tried again by itself."
    late = timezone.now() - row.created_at > _LATE
    return "The mail is still waiting to be sent: is the background process running?" if late else ""


def why(row: OutgoingMail) -> str:
    """What keeps a mail from going, to follow "because"."""
    if row.problem in _WHY:
        return _WHY[row.problem]
    return "the mail server did not take it" if row.problem.startswith("SMTP") else "the mail server cannot be reached"


def send_next() -> bool:
    """Send one mail that is due; the worker's duty. True when there was one. A lease keeps others from it meanwhile."""
    now = timezone.now()
    OutgoingMail.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    row = OutgoingMail.objects.filter(sent_at=None, next_at__lte=now, tries__lt=MOST_TRIES).order_by("next_at").first()
    if row is None:
        return False
    taken = OutgoingMail.objects.filter(pk=row.pk, next_at=row.next_at, sent_at=None)
    if not taken.update(next_at=now + _LEASE, tries=row.tries + 1):
        return True
    try:
        body = open_(_NOBODY, f"mail {row.pk}", row.body)
        EmailMessage(row.subject, body, parseaddr(settings.EMAIL_FROM)[1], [row.to]).send()
    except (OSError, SecretUnreadable, ValueError) as error:
        _log.warning("a mail could not be sent: %s", type(error).__name__)
        later = now + timedelta(minutes=2**row.tries)
        OutgoingMail.objects.filter(pk=row.pk).update(problem=type(error).__name__, next_at=later)
        return True
    OutgoingMail.objects.filter(pk=row.pk).update(sent_at=timezone.now(), body="", problem="")
    return True
