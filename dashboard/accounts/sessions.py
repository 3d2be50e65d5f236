"""The session engine: rows in the database, read on every request and never cached.

A session ends by itself after SESSION_IDLE_SECONDS without a person's doing (polls do not count) and, whatever happens,
SESSION_ABSOLUTE_SECONDS after it began.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError, models
from django.utils import timezone

from .models import Session, User

ADDRESS, AGENT, ZONE = "address", "agent", "time_zone"
_TYPED_AT = "password_typed_at"
_SEEN_EVERY = timedelta(minutes=1)
_CLOCKS_DIFFER = timedelta(hours=1)  # between machines: what is over here is not alive elsewhere
_log = logging.getLogger(__name__)


class SessionStore(db.SessionStore):
    """Reads and writes Session rows."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The model that holds the sessions."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row for this data. Who, where from and with what are columns, so that sessions can be listed."""
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=timezone.now() + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS),
            user_id=int(data[SESSION_KEY]) if SESSION_KEY in data else None,
            address=str(data.get(ADDRESS, ""))[:45],
            agent=str(data.get(AGENT, ""))[:300],
        )

    def _get_session_from_db(self) -> Session | None:
        if not str(self.session_key).isalnum():  # a cookie can hold anything, also what no database takes
            self._session_key = None
            return None
        living = Session.objects.filter(expire_date__gt=timezone.now(), last_seen__gt=_idle_since())
        self.row = living.filter(session_key=self.session_key).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def save(self, must_create: bool = False) -> None:
        """Save. While the database is busy a message or the last project is lost, never the answer to what was done."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if not isinstance(error.__context__, OperationalError):
                raise
            _log.warning("a session could not be saved: the database is busy")

    def delete(self, session_key: str | None = None) -> None:
        """End it: signing out, or a new key in place of this one."""
        if key := session_key or self.session_key:
            end(Session.objects.filter(session_key=key))

    def seen(self) -> None:
        """Note that the person did something just now: at most one write a minute."""
        now = timezone.now()
        if self.row is not None and now - self.row.last_seen >= _SEEN_EVERY:
            Session.objects.filter(pk=self.row.pk).update(last_seen=now)


def password_typed(request: Any) -> None:
    """The person of this session typed their password just now."""
    request.session[_TYPED_AT] = time.time()


def password_is_fresh(request: Any) -> bool:
    """Whether they did so within FRESH_PASSWORD_SECONDS."""
    return 0 <= time.time() - float(request.session.get(_TYPED_AT, 0)) < settings.FRESH_PASSWORD_SECONDS


def end(rows: models.QuerySet[Session]) -> None:
    """End these sessions, everywhere and at once: nothing is left in them but whose they were.

    That is kept for a day, so that a form that is sent too late can wait for its person (`parking`).
    """
    rows.filter(user=None).delete()
    over = timezone.now() - _CLOCKS_DIFFER
    rows.filter(expire_date__gt=over).update(expire_date=over, session_data="")


def end_others(user: User, session_key: str | None) -> None:
    """End every session of this person but the one with this key."""
    end(user.sessions.exclude(session_key=session_key))


def end_all(user: User) -> int:
    """End every session of this person; how many there were that had not run out."""
    living = alive(user).count()
    end(user.sessions.all())
    return living


def forget_all(user: User) -> int:
    """Like `end_all`, for somebody who has no business here any more: not even whose they were is kept."""
    living = alive(user).count()
    user.sessions.all().delete()
    return living


def alive(user: User) -> models.QuerySet[Session]:
    """The person's sessions that have not run out."""
    return user.sessions.filter(expire_date__gt=timezone.now(), last_seen__gt=_idle_since())


def _idle_since() -> datetime:
    return timezone.now() - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
