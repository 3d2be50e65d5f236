"""Section 1 of the API: accounts, passwords and tokens. Nothing here is ever sent twice by itself."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

from dashboard.talkstack import parse, paths, replies
from dashboard.talkstack.errors import AuthRefused, KeyRejected, Refused, TalkstackError, UnknownAccount, WrongPassword
from dashboard.talkstack.paths import Route
from dashboard.talkstack.transport import Reply

if TYPE_CHECKING:
    from dashboard.talkstack.client import Client

Member = TypeVar("Member", bound=IntEnum)
_ENVELOPES = ("data", "user", "userData", "tokens", "result")


class SignUpStatus(IntEnum):
    """`signupStatus` (API contract, 1.1)."""

    CREDENTIALS_MISSING = 0
    ACCOUNT_ALREADY_EXISTS = 1
    EMAIL_NOT_VERIFIED = 2
    SUCCESS = 3
    SIGNUP_FAILED = 4
    INVALID_EMAIL = 5
    EMAIL_NOT_SENT = 6


class VerificationStatus(IntEnum):
    """`verificationStatus` (API contract, 1.2)."""

    CREDENTIALS_MISSING = 0
    INVALID_CODE = 1
    SUCCESS = 2
    RESEND_INVITE = 3
    ACCOUNT_EXISTS = 4
    ACCOUNT_NOT_FOUND = 5


class LoginStatus(IntEnum):
    """`loginStatus` (API contract, 1.4). Both 6 and 7 are a success."""

    CREDENTIALS_MISSING = 0
    ACCOUNT_ALREADY_EXISTS = 1
    ACCOUNT_NOT_VERIFIED = 2
    USER_NOT_FOUND = 3
    INVALID_PASSWORD = 4
    HUBSPOT_INTEGRATION_FAILED = 5
    HUBSPOT_INTEGRATION_SUCCESS = 6
    SUCCESS = 7
    LOGIN_FAILED = 8
    INVALID_EMAIL = 9


_SIGNED_IN_ANYWAY = (None, LoginStatus.SUCCESS, LoginStatus.HUBSPOT_INTEGRATION_SUCCESS, 1, 5)


@dataclass(frozen=True)
class Tokens:
    """A bearer token and what renews it. `expires_at` is None when Talkstack did not say (it lasts 2 hours)."""

    token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "Tokens":
        """Reads login, sign-up and refresh answers, the misspelt `resfreshToken` too. Fields may be ""."""
        return cls(
            token=_deep(raw, "token", "accessToken", "access_token", "bearerToken", "idToken"),
            refresh_token=_deep(raw, "refreshToken", "resfreshToken", "refresh_token")
            or context.get("refresh_token", ""),
            expires_at=parse.as_time(_deep(raw, "expirationTime", "expiresAt", "expires_at", "expiration")),
            raw=raw,
        )


@dataclass(frozen=True)
class Login:
    """A sign-in that succeeded."""

    tokens: Tokens
    email: str
    name: str
    active_project: str
    status: int | None
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "Login":
        """Reads a login answer; the e-mail falls back to the one that was typed."""
        user = _user(raw)
        return cls(
            tokens=Tokens.parse(raw),
            email=parse.text_of(user, "email") or context.get("email", ""),
            name=parse.text_of(user, "name"),
            active_project=parse.id_of(user, "active_project", "activeProject"),
            status=_code(raw, "loginStatus"),
            raw=raw,
        )


@dataclass(frozen=True)
class SignUp:
    """A new account. `tokens` is None in general: verifying the e-mail comes next (API contract, 1.1)."""

    email: str
    name: str
    tokens: Tokens | None
    status: int | None
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "SignUp":
        """Reads a sign-up answer, falling back to what was typed."""
        tokens = Tokens.parse(raw)
        return cls(
            email=parse.text_of(_user(raw), "email") or context.get("email", ""),
            name=parse.text_of(_user(raw), "name") or context.get("name", ""),
            tokens=tokens if tokens.token else None,
            status=_code(raw, "signupStatus"),
            raw=raw,
        )


class Auth:
    """`client.auth`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def signup(self, email: str, password: str, name: str) -> SignUp:
        """1.1. Raises AuthRefused (`.status_member` a SignUpStatus), RateLimited, Unavailable, OutcomeUnknown."""
        body = {"email": email, "password": password, "name": name}
        raw = self._ask(paths.SIGNUP, body, "signupStatus", SignUpStatus, (SignUpStatus.SUCCESS,))
        return SignUp.parse(raw, email=email, name=name)

    def verify_email(self, email: str, code: str) -> None:
        """1.2. Gives no token: sign in afterwards. Raises AuthRefused (`.status_member` a VerificationStatus)."""
        body = {"email": email, "code": code}
        self._ask(paths.VERIFY_EMAIL, body, "verificationStatus", VerificationStatus, (VerificationStatus.SUCCESS,))

    def resend_code(self, email: str) -> None:
        """1.3. Raises AuthRefused, UnknownAccount."""
        self._ask(paths.RESEND_CODE, {"email": email}, "", VerificationStatus, ())

    def login(self, email: str, password: str) -> Login:
        """1.4. Raises WrongPassword, UnknownAccount, or AuthRefused whose `.status_member` (LoginStatus) says why.

        An answer without a token is a failed sign-in, whatever its HTTP status.
        """
        body = {"email": email, "password": password}
        raw = self._ask(paths.LOGIN, body, "loginStatus", LoginStatus, _SIGNED_IN_ANYWAY)
        login = Login.parse(raw, email=email)
        if not login.tokens.token:
            member = _member(raw, "loginStatus", LoginStatus)
            raise _refusal(member, *_words(raw), status=200, route=paths.LOGIN.name)
        return login

    def refresh(self, refresh_token: str) -> Tokens:
        """1.5. A new token and refresh token (the old one if none came). KeyRejected when it is no longer good."""
        route = paths.REFRESH
        reply = self._client.reply(route, body={"refreshToken": refresh_token})
        if reply.status == 400:  # the documentation spells the key in two ways
            both = {"refreshToken": refresh_token, "resfreshToken": refresh_token}
            reply = self._client.reply(route, body=both)
        if reply.status in (400, 401, 403, 404, 422):
            raise KeyRejected(status=reply.status, detail=replies.detail(reply.body), route=route.name)
        if not 200 <= reply.status < 300:
            raise replies.error(route, reply)
        tokens = Tokens.parse(replies.content(route, reply), refresh_token=refresh_token)
        if not tokens.token:
            raise replies.broken(route, reply.status, "no token in the answer")
        return tokens

    def change_password(self, old: str, new: str) -> None:
        """1.6. Raises WrongPassword when `old` is not right: a 401 here is not an expired session."""
        reply = self._client.reply(paths.CHANGE_PASSWORD, body={"oldPassword": old, "newPassword": new})
        if reply.status == 401:
            message, fields = parse.error_words(reply.body)
            raise WrongPassword(message=message, fields=fields, status=401, route=paths.CHANGE_PASSWORD.name)
        _settle(paths.CHANGE_PASSWORD, reply)

    def forgot_password(self, email: str) -> None:
        """1.7. Raises UnknownAccount or AuthRefused: show the same neutral words for both and for success."""
        self._ask(paths.FORGOT_PASSWORD, {"email": email}, "", VerificationStatus, ())

    def reset_password(self, token: str, new: str) -> None:
        """1.8, with the token of the mailed link. Raises AuthRefused when it is expired or not valid."""
        self._ask(paths.RESET_PASSWORD, {"token": token, "newPassword": new}, "", VerificationStatus, ())

    def _ask(self, route: Route, body: Any, key: str, members: type[Member], good: tuple[Any, ...]) -> Any:
        reply = self._client.reply(route, body=body)
        if reply.status == 429:
            raise replies.error(route, reply)
        raw = _lenient(reply)
        member = _member(raw, key, members) if key else None
        if member is not None and member not in good:
            raise _refusal(member, *parse.error_words(reply.body), status=reply.status, route=route.name)
        if 200 <= reply.status < 300:
            return replies.content(route, reply)
        raise _auth_error(route, reply)


def _settle(route: Route, reply: Reply) -> Any:
    if not 200 <= reply.status < 300:
        raise replies.error(route, reply)
    return replies.content(route, reply)


def _auth_error(route: Route, reply: Reply) -> TalkstackError:
    error = replies.error(route, reply)
    message, fields = parse.error_words(reply.body)
    said: dict[str, Any] = {"message": message, "fields": fields, "status": reply.status, "detail": error.detail}
    said["route"] = route.name
    if reply.status == 404:
        member = LoginStatus.USER_NOT_FOUND if route is paths.LOGIN else VerificationStatus.ACCOUNT_NOT_FOUND
        return UnknownAccount(status_member=member, **said)
    if reply.status == 401 and route is paths.LOGIN:
        return WrongPassword(status_member=LoginStatus.INVALID_PASSWORD, **said)
    if reply.status == 403 and route is paths.LOGIN:
        return AuthRefused(status_member=LoginStatus.ACCOUNT_NOT_VERIFIED, **said)
    if isinstance(error, Refused) or reply.status in (401, 403):
        return AuthRefused(error.sentence if isinstance(error, Refused) else "", **said)
    return error


def _refusal(member: IntEnum | None, message: str, fields: dict[str, str], **said: Any) -> AuthRefused:
    kind: type[AuthRefused] = AuthRefused
    if member is LoginStatus.INVALID_PASSWORD:
        kind = WrongPassword
    elif member is LoginStatus.USER_NOT_FOUND or member is VerificationStatus.ACCOUNT_NOT_FOUND:
        kind = UnknownAccount
    return kind(status_member=member, message=message, fields=fields, **said)


def _words(raw: Any) -> tuple[str, dict[str, str]]:
    return parse.plain(parse.text_of(raw, "message", "error")), {}


def _lenient(reply: Reply) -> Any:
    try:
        return parse.loads(reply.body)
    except parse.Unreadable:
        return None


def _code(raw: Any, key: str) -> int | None:
    number = parse.as_number(_deep_value(raw, key))
    return int(number) if number is not None and number.is_integer() else None


def _member(raw: Any, key: str, members: type[Member]) -> Member | None:
    text = parse.as_text(_deep_value(raw, key)).strip().upper()
    if text in members.__members__:
        return members[text]
    code = _code(raw, key)
    return members(code) if code in [int(member) for member in members] else None


def _deep_value(raw: Any, *keys: str) -> Any:
    found = parse.first(raw, *keys)
    for envelope in _ENVELOPES:
        if found is None:
            found = parse.first(parse.as_dict(raw).get(envelope), *keys)
    return found


def _deep(raw: Any, *keys: str) -> str:
    return parse.as_text(_deep_value(raw, *keys)).strip()


def _user(raw: Any) -> dict[str, Any]:
    return parse.find_object(raw, ("user", "userData", "data"), ("email",)) or {}
