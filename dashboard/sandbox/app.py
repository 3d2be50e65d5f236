"""The sandbox itself: one object with a store, a clock and chance, that turns a request into a response.

It stands in for Talkstack and shares no code with the client that speaks to it, so that it cannot agree with the
client's mistakes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from . import control, faults, hostile, state, world
from .ask import Ask, identify
from .auth_api import issue, open_account
from .hooks import Hooks
from .passwords import fits, hashed
from .routes import find
from .store import Account, AnalysisRequest, Mail, Ring, Store
from .wire import Refusal, Request, Response

DEMO_PASSWORD = "practice-makes-calm"  # noqa: S105  (opens a practice room and nothing else)
World = Callable[[Store, float, str, str, Random], Account]
WORLDS: dict[str, World] = {"many": world.many, "hostile": hostile.spoilt}
Pause = Callable[[faults.Rule, Callable[[], Response]], None]


class Sandbox:
    """A stand-in for Talkstack.

    ``clock`` gives seconds since 1970; ``speed`` makes the sandbox's time run faster; ``state_path`` keeps everything
    over a restart. ``seed``: True for the demo team, False for nothing, "many" for a big account, "hostile" for texts
    that mean harm, or a function that
    fills the store (see world.py). ``base_url`` is where
    recordings and previews are said to be; "" takes it from each request.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        chance: Random | None = None,
        speed: float = 1.0,
        state_path: str | Path | None = None,
        owner_email: str = world.OWNER_EMAIL,
        owner_password: str = DEMO_PASSWORD,
        seed: bool | str | World = True,
        base_url: str = "",
    ) -> None:
        self.chance = chance or Random()
        self.speed, self.base_url = speed, base_url.rstrip("/")
        self.owner_email, self.owner_password = owner_email.lower(), owner_password
        self.faults = faults.Faults()
        self.away = 0.0
        self.state_path = Path(state_path) if state_path else None
        self._clock, self._opened, self._ahead = clock, clock(), 0.0
        self._saving, self._saved = threading.Lock(), 0
        self.store = self._open(seed)
        self.hooks = Hooks(self)
        self.save()

    def _open(self, seed: bool | str | World) -> Store:
        kept = state.read(self.state_path) if self.state_path else None
        if kept:
            store, self._ahead = kept
            self._renew_owner(store)
            return store
        store = Store()
        if seed:
            fill = seed if callable(seed) else WORLDS.get(str(seed), world.oak_care)
            fill(store, self.now(), self.owner_email, self.owner_password, self.chance)
            store.touch()
        return store

    def _renew_owner(self, store: Store) -> None:
        """A new password in the settings wins over the kept state; one changed through the API since then stays."""
        owner = store.account(self.owner_email)
        if owner and self.owner_password and not fits(self.owner_password, owner.configured):
            owner.password = owner.configured = hashed(self.owner_password, self.chance)
            store.touch()

    # time

    def now(self) -> float:
        """Seconds since 1970 by the sandbox's own clock."""
        at = self._clock()
        return at + self._ahead + (at - self._opened) * (self.speed - 1.0)

    def tick(self, seconds: float) -> None:
        """Move the sandbox's clock forward. Calls go on living at once; nobody waits."""
        if seconds < 0:
            raise ValueError("The clock of the sandbox only goes forward.")
        with self.store.lock:
            self._ahead += seconds
            self.store.touch()
        self.save()

    # what tests and pages look at

    @property
    def rings(self) -> list[Ring]:
        return self.store.rings

    @property
    def asked(self) -> list[AnalysisRequest]:
        """Every request to analyse a call that came so far."""
        return list(self.store.asked)

    @property
    def outbox(self) -> list[Mail]:
        return self.store.outbox

    @property
    def accounts(self) -> dict[str, Account]:
        """The accounts by e-mail."""
        return {row.email: row for row in self.store.accounts.values()}

    def ask(self, request: Request | None = None, base_url: str = "") -> Ask:
        asked = request or Request("GET", "/")
        return Ask(asked, self.store, self.now(), self.chance, base_url, self.faults.lag(), self.faults.history)

    def sign_up(self, email: str, password: str, name: str = "Somebody Else") -> Account:
        """A second, verified, empty account, without the mails."""
        with self.store.lock:
            account = open_account(self.ask(), email, password, name)
            account.verified = True
        self.save()
        return account

    def bearer(self, email: str = "") -> str:
        """A fresh bearer token of an account (the demo owner's by default)."""
        with self.store.lock:
            token, _, _ = issue(self.ask(), self.accounts[(email or self.owner_email).lower()])
        return token

    # requests

    def handle(self, request: Request, pause: Pause | None = None) -> Response:
        """Answer one request. Never sleeps: the response says how the door is to behave; ``pause`` waits for it."""
        if control.wants(request):
            return control.answer(self, request)
        rule = self.faults.take(request)
        if rule is None:
            return self.perform(request)
        return faults.play(rule, lambda: self.perform(request), pause or (lambda rule, do: None))

    def perform(self, request: Request) -> Response:
        """Do what the request asks, without faults."""
        with self.store.lock:
            try:
                answer = self._dispatch(request)
            except Refusal as refusal:
                answer = refusal.response()
        self.save()
        return answer

    def _dispatch(self, request: Request) -> Response:
        found = find(request.method, request.path)
        if found is None:
            raise Refusal(404, f"Cannot {request.method} {request.path[:200]}")
        route, args = found
        ask = self.ask(request, self.base_url or f"http://{request.header('host') or 'sandbox.test'}")
        ask.args = args
        if not route.open:
            ask.who, ask.by_key = identify(self.store, request, ask.now)
            if ask.who is None:
                raise Refusal(401, "Unauthorized")
        return route.handler(ask)

    # keeping

    def save(self) -> None:
        """Write the state, if there is a file for it and something has changed since it was written."""
        if self.state_path is None or self._saved == self.store.version:
            return
        with self._saving:
            with self.store.lock:
                version = self.store.version
                if version == self._saved:
                    return
                text = state.dump(self.store, self.now() - self._clock())
            state.write(self.state_path, text)
            self._saved = version
