"""Talkstack as a view sees it: several reads at once with their age, and writes that leave a record.

Reads need no transaction and open none while Talkstack is asked; the pool's threads do HTTP only. A page with any
number of reads costs one query for what is kept and two for what is new.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from dashboard.activity import record
from dashboard.talkstack import (
    Client,
    ContractBroken,
    KeyRejected,
    NotFound,
    OutcomeUnknown,
    TalkstackError,
    Unavailable,
    gather,
)
from dashboard.web.logs import request_id

from . import connection, facts, keys, queries, snapshots
from .models import Snapshot, User, Workspace
from .queries import Query
from .reads import FRESH_FOR, Read, Reads

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Upstream:
    """A workspace's way to Talkstack, for the length of one request or one job of the worker."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._rows: dict[str, Snapshot] = {}
        self.also: tuple[str, ...] = ()  # keys that come along with the first look at what is kept
        self._list_path = ""
        self._key_generation = 0  # the connection's, of the credentials in use

    def client(self) -> Client:
        """A client with credentials that are good for now; renews the bearer when it is about to run out.

        Raises KeyRejected when a person has to sign in again, Unavailable when there is no server or no fresh bearer.
        """
        credentials, self._key_generation = connection.credentials(self.workspace)
        return Client(connection.servers(self.workspace), credentials, connection.budgets(), request_id.get())

    def ask(self, do: Callable[[Client], T]) -> T:
        """One reading of the worker's: `do(client)`, once more with a renewed bearer if the old one was refused.

        Raises the TalkstackError.
        """
        try:
            answer = do(self.client())
        except KeyRejected as error:
            if not self.renewed():
                self._note_failure(error)
                raise
            return do(self.client())
        except Unavailable as error:
            if not error.sent or error.status:  # away; what else was wrong with an answer is no absence
                self._note_failure(error)
            raise
        connection.worked(self.workspace, self._key_generation)
        return answer

    def read(self, **asking: Query[Any]) -> Reads:
        """For page GETs: what is kept is used at once, whatever its age; what is missing is asked for now.

        A kept answer from before a write of ours is not used, unless Talkstack cannot be asked.
        """
        self._look(asking)
        return self._answer(asking, {name: query for name, query in asking.items() if not self._up_to_date(query)})

    def fresh(self, **asking: Query[Any]) -> Reads:
        """Asks Talkstack, all at once. What cannot be had is what was kept, with the error beside it."""
        self._look(asking)
        return self._answer(asking, asking)

    def page(self, request: HttpRequest, **asking: Query[Any]) -> Reads:
        """`fresh` when the address says ?fresh=1 (the panel or its link asks again), else `read`."""
        return self.fresh(**asking) if request.GET.get("fresh") else self.read(**asking)

    def kept(self, **asking: Query[Any]) -> Reads:
        """What is kept, whatever its age; None where nothing is. Never asks Talkstack."""
        self._look(asking)
        return Reads({name: self._kept(query) or Read(None) for name, query in asking.items()})

    def strict(self, **asking: Query[Any]) -> Reads:
        """Asks Talkstack, all at once, and raises the first TalkstackError. For edit forms, deletions and dialling."""
        self._look(asking)
        reads = self._answer(asking, asking)
        if reads.error:
            raise reads.error
        return reads

    def write(
        self,
        actor: User | None,
        verb: str,
        do: Callable[[Client], T],
        *,
        kind: str,
        thing_id: str = "",
        thing_name: str = "",
        before: Any = None,
        after: Any = None,
        project_id: str = "",
        named: Callable[[T], tuple[str, str]] | None = None,
    ) -> T:
        """Do a write at Talkstack, once, with its record: asked, generation up, done, generation up, outcome.

        Takes who does it, a verb known to `activity.phrases`, and `do(client)`. `named(result)` gives the id and name
        of a thing made by it. Raises the TalkstackError, after writing it down; if asking cannot be written down,
        nothing is sent.
        """
        entry = record.ask(
            workspace=self.workspace, user=actor, verb=verb, kind=kind, thing_id=thing_id, thing_name=thing_name,
            before=before, after=after, project_id=project_id, sent_with=self._shown(),
        )  # fmt: skip
        sent = False
        try:
            client = self.client()
            snapshots.bump(self.workspace)
            sent = True
            result = do(client)
        except TalkstackError as error:
            self._after(entry, result_of(error), error.sentence, bump=sent)
            # A refused bearer is replaced for the next try; this write is not sent again by itself.
            if not (isinstance(error, KeyRejected) and self.renewed()):
                self._note_failure(error)
            raise
        except BaseException:
            self._after(entry, "failed", "The dashboard itself failed; see its log.", bump=sent)
            raise
        thing = named(result) if named else (None, None)
        self._after(entry, "done", "", *thing)
        return result

    def _shown(self) -> str:
        """What a write shows Talkstack, in words; the key by its last characters, as everywhere."""
        link = self.workspace.connection
        if not link.api_key:
            return f"the sign-in of {link.account_email}"
        return f"the API key {keys.MASK}{link.api_key_hint}" if link.api_key_hint else "the API key"

    def _after(
        self, entry: Any, result: str, words: str, thing_id: str | None = None, thing_name: str | None = None,
        bump: bool = True,
    ) -> None:  # fmt: skip
        """What is written after the deed. The deed stands, whatever the database says now: failures are logged."""
        try:
            if bump:
                snapshots.bump(self.workspace)
            record.outcome(entry, result, words, thing_id, thing_name)
        except DatabaseError:
            _log.exception("outcome %s of entry %s could not be written", result, entry.pk)

    def kept_name(self, project_id: str) -> str:
        """A project's name in what is kept, "" if it is not there. Never asks Talkstack."""
        one, many = queries.project(project_id), queries.projects()
        if self.also or not (one.key in self._rows or many.key in self._rows):
            self.also = ()
            self._rows.update(snapshots.rows(self.workspace, [one.key, many.key]))
        found = self._kept(one)
        if found:
            return str(found.value.name)
        listed = self._kept(many)
        return next((str(each.name) for each in (listed.value if listed else []) if each.id == project_id), "")

    def _look(self, asking: dict[str, Query[Any]]) -> None:
        """One query for all that is kept."""
        keys = {query.key for query in asking.values()}.union(self.also)
        self.also = ()
        self._rows.update(snapshots.rows(self.workspace, keys))

    def _up_to_date(self, query: Query[Any]) -> bool:
        row = self._rows.get(query.key)
        return row is not None and row.generation >= self.workspace.generation and self._kept(query) is not None

    def _kept(self, query: Query[Any], error: TalkstackError | None = None) -> Read | None:
        """The kept answer, if there is one and it can be read."""
        row = self._rows.get(query.key)
        if row is None:
            return None
        try:
            return Read(query.load(json.loads(row.payload)), row.stored_at, error, snapshot=True)
        except (TalkstackError, ValueError, TypeError, AttributeError, KeyError):
            _log.exception("kept answer %s of workspace %s cannot be read", query.key, self.workspace.pk)
            return None

    def _answer(self, asking: dict[str, Query[Any]], asked: dict[str, Query[Any]]) -> Reads:
        """Ask Talkstack for `asked`, keep what came, and put the answers together in the order of `asking`."""
        generation = self.workspace.generation
        got = self._ask(asked) if asked else {}
        if asked:
            self._keep(asked, got, generation)
        return Reads({name: self._one(query, name in got, got.get(name)) for name, query in asking.items()})

    def _one(self, query: Query[Any], was_asked: bool, got: Any) -> Read:
        """The answer of just now, else the kept one with the error beside it; what is gone is gone."""
        error = got if isinstance(got, TalkstackError) else None
        if was_asked and error is None:
            return Read(got, timezone.now())
        kept = None if isinstance(error, NotFound) else self._kept(query, error)
        return kept or Read(None, error=error)

    def _ask(self, asked: dict[str, Query[Any]]) -> dict[str, Any]:
        """Ask for all of it at once, within one deadline; again with a renewed bearer if the old one was refused."""
        until = time.monotonic() + settings.BUDGETS["read"]
        try:
            got = self._gather(self.client(), asked, until)
            refused = {name: asked[name] for name, answer in got.items() if isinstance(answer, KeyRejected)}
            if refused and self.renewed():
                got |= self._gather(self.client(), refused, until)
        except TalkstackError as error:
            got = dict.fromkeys(asked, error)
        return got

    def _gather(self, client: Client, asked: dict[str, Query[Any]], until: float) -> dict[str, Any]:
        left = max(0.05, until - time.monotonic())
        inside = client.within(left)
        tasks = {name: (lambda query=query: query.fetch(inside)) for name, query in asked.items()}
        got = gather(tasks, left)
        self._list_path = client.projects.list_path()
        return dict(got)

    def renewed(self) -> bool:
        """Whether a refused bearer was replaced; False for an API key, which only a person can replace."""
        if self.workspace.connection.api_key:
            return False
        try:
            return connection.renew(self.workspace, self._key_generation).generation != self._key_generation
        except TalkstackError:
            return False

    def _keep(self, asked: dict[str, Query[Any]], got: dict[str, Any], generation: int) -> None:
        news = {
            asked[name].key: asked[name].dump(answer)
            for name, answer in got.items()
            if not isinstance(answer, TalkstackError)
        }
        gone = [asked[name].key for name, answer in got.items() if isinstance(answer, NotFound)]
        try:
            snapshots.store(self.workspace, generation, news, gone)
            if queries.projects().key in news:
                facts.put(connection.servers(self.workspace).api_url, facts.LIST_PATH, self._list_path)
        except DatabaseError:
            _log.exception("answers for workspace %s could not be kept", self.workspace.pk)
        self.judge(list(got.values()))

    def judge(self, answers: list[Any]) -> None:
        """Note what answers of Talkstack, errors among them, say about the connection: one that is good is enough."""
        errors = [answer for answer in answers if isinstance(answer, TalkstackError)]
        if len(errors) < len(answers):
            self._note_success()
        for error in errors[:1]:
            self._note_failure(error, others_worked=len(errors) < len(answers))

    def _note_success(self) -> None:
        try:
            connection.worked(self.workspace, self._key_generation)
        except DatabaseError:
            _log.exception("success of workspace %s could not be noted", self.workspace.pk)

    def _note_failure(self, error: TalkstackError, others_worked: bool = False) -> None:
        """Keep failures of the connection itself in mind; refusals of one request say nothing about it."""
        if not isinstance(error, KeyRejected | Unavailable):
            return
        try:
            refused = isinstance(error, KeyRejected) and not others_worked
            connection.failed(self.workspace, error.cause, refused=refused, generation=self._key_generation)
        except DatabaseError:
            _log.exception("failure of workspace %s could not be noted", self.workspace.pk)


def result_of(error: TalkstackError) -> str:
    """What an error of a write means for its record: "refused", "not_sent" or "unknown"."""
    if isinstance(error, OutcomeUnknown | ContractBroken):
        return "unknown"
    return "not_sent" if isinstance(error, Unavailable) else "refused"


__all__ = ["FRESH_FOR", "Read", "Reads", "Upstream", "result_of"]
