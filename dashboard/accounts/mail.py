"""Mails: written down sealed, sent by the background process, so that no page waits for a mail server."""

import logging
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template import Context, Engine
from django.utils import timezone

from .models import OutgoingMail
from .secrets import SecretUnreadable, open_, seal

MOST_TRIES = 6
KEPT_FOR = timedelta(days=7)
_NOBODY = 0
_LEASE = timedelta(minutes=2)
_log = logging.getLogger(__name__)


def configured() -> bool:
    """Whether mails can be sent from here (EMAIL_URL)."""
    return bool(settings.EMAIL_URL)


def send(to: str, subject: str, template: str, context: dict[str, object]) -> bool:
    """Have a mail sent soon; False, and nothing written down, where no mail is set up.

    Takes a text template; its context is never a request, and what it renders goes into the mail as plain text.
    """
    if not configured():
        return False
    row = OutgoingMail(to=to, subject=" ".join(subject.split())[:200])
    words = (
        Engine.get_default().get_template(template).render(Context(context, autoescape=False))
    )  # plain text, not HTML
    row.body = seal(_NOBODY, f"mail {row.pk}", words)
    row.save()
    return True


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
