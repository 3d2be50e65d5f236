"""Section 2 of the API contract: signing up, signing in, tokens and passwords."""

from __future__ import annotations

import math
import re
from typing import Any

from .ask import Ask, digest
from .passwords import fits, hashed
from .store import Account, Token
from .wire import Refusal, Response, as_json, iso, ok, text

BEARER_SECONDS = 2 * 3600
REFRESH_SECONDS = 30 * 86400
CODE_SECONDS = 600
CODE_TRIES = 10
RESEND_SECONDS = 60
RESET_SECONDS = 3600
SHORTEST_PASSWORD = 6
RESET_PAGE = "https://app.talkstack.example/reset-password?token="
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def signup(ask: Ask) -> Response:
    """1.1. An address that waits for its code gets a new one and signupStatus 2."""
    email, name, password = text(ask.body, "email"), text(ask.body, "name"), ask.body.get("password")
    if not (email and name and isinstance(password, str) and password):
        raise Refusal(400, "email, password or name is missing.", signupStatus=0)
    if not EMAIL.fullmatch(email):
        raise Refusal(400, "invalid email.", signupStatus=5)
    known = ask.store.account(email)
    if known and known.verified:
        raise Refusal(400, "account already exists.", signupStatus=1)
    if known:
        if ask.now - known.code_at >= RESEND_SECONDS:
            send_code(ask, known)
        raise Refusal(400, "email not verified. a verification code was sent.", signupStatus=2)
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(400, f"password must have at least {SHORTEST_PASSWORD} characters.", signupStatus=4)
    account = open_account(ask, email, password, name)
    send_code(ask, account)
    return ok("User registered successfully", user=user(account), signupStatus=3)


def open_account(ask: Ask, email: str, password: str, name: str) -> Account:
    row = Account(ask.new_id(), email.lower(), name, hashed(password, ask.chance), ask.now, ask.now)
    ask.store.accounts[row.id] = row
    ask.store.touch()
    return row


def send_code(ask: Ask, account: Account) -> None:
    account.code = f"{ask.chance.randrange(1_000_000):06d}"
    account.code_at, account.code_tries = ask.now, 0
    words = f"Hello {account.name},\n\nyour verification code is {account.code}. It is good for 10 minutes."
    ask.mail(account.email, "Your verification code", words, code=account.code)


def user(account: Account, *, company: bool = True) -> dict[str, Any]:
    """The user object of the sign-up and log-in answers: without an id."""
    shown: dict[str, Any] = {
        "email": account.email,
        "name": account.name,
        "active_project": account.active_project,
        "created_at": iso(account.created_at),
        "updated_at": iso(account.updated_at),
    }
    return shown | {"company_name": account.company_name} if company else shown


def verify_email(ask: Ask) -> Response:
    """1.2. A right code opens the account; no token comes with it."""
    email, code = text(ask.body, "email"), text(ask.body, "code")
    if not (email and code):
        raise Refusal(400, "email or code is missing.", verificationStatus=0)
    if not EMAIL.fullmatch(email):
        raise Refusal(400, "invalid email.", verificationStatus=0)
    account = ask.store.account(email)
    if account is None:
        raise Refusal(404, "account not found.", verificationStatus=5)
    if account.verified:
        raise Refusal(400, "account already exists.", verificationStatus=4)
    if not account.code or ask.now - account.code_at > CODE_SECONDS or account.code_tries >= CODE_TRIES:
        raise Refusal(400, "code expired. please request a new one.", verificationStatus=3)
    if code != account.code:
        account.code_tries += 1
        raise Refusal(400, "invalid code.", verificationStatus=1)
    account.verified, account.code, account.updated_at = True, "", ask.now
    ask.store.touch()
    return ok("email verification successful.", userData=user(account, company=False), verificationStatus=2)


def resend_code(ask: Ask) -> Response:
    """1.3, at most once a minute."""
    account = _by_email(ask)
    if account.verified:
        raise Refusal(400, "email is already verified.")
    left = math.ceil(RESEND_SECONDS - (ask.now - account.code_at))
    if left > 0:
        words = f"please wait {left} seconds before asking for another code."
        raise Refusal(429, words, headers={"Retry-After": str(left)})
    send_code(ask, account)
    return ok("successfully sent verification code to mail")


def _by_email(ask: Ask) -> Account:
    email = text(ask.body, "email")
    if not email or not EMAIL.fullmatch(email):
        raise Refusal(400, "email is missing or invalid.")
    account = ask.store.account(email)
    if account is None:
        raise Refusal(404, "user not found.")
    return account


def login(ask: Ask) -> Response:
    """1.4."""
    email, password = text(ask.body, "email"), ask.body.get("password")
    if not email or not isinstance(password, str) or not password:
        raise Refusal(400, "email or password is missing.", loginStatus=0)
    if not EMAIL.fullmatch(email):
        raise Refusal(400, "invalid email.", loginStatus=9)
    account = ask.store.account(email)
    if account is None:
        raise Refusal(404, "user not found.", loginStatus=3)
    if not fits(password, account.password):
        raise Refusal(401, "invalid password.", loginStatus=4)
    if not account.verified:
        raise Refusal(400, "email is not verified.", loginStatus=2)
    token, refresh, expires = issue(ask, account)
    return as_json(
        {
            "message": "successfully logged in.",
            "status": "success",
            "token": token,
            "refreshToken": refresh,
            "expirationTime": iso(expires),
            "user": user(account),
            "loginStatus": 7,
        }
    )


def issue(ask: Ask, account: Account) -> tuple[str, str, float]:
    """A new bearer and refresh token; the expired ones go on this occasion."""
    rows = ask.store.tokens
    for row in [row for row in rows.values() if row.expires_at <= ask.now]:
        del rows[row.digest]
    token, refresh, expires = f"sbx_{ask.secret()}", f"sbr_{ask.secret()}", ask.now + BEARER_SECONDS
    rows[digest(token)] = Token(digest(token), account.id, "bearer", expires)
    rows[digest(refresh)] = Token(digest(refresh), account.id, "refresh", ask.now + REFRESH_SECONDS)
    ask.store.touch()
    return token, refresh, expires


def refresh_token(ask: Ask) -> Response:
    """1.5. The refresh token is good once; the new one comes under its misspelt name and without an envelope."""
    given = text(ask.body, "refreshToken") or text(ask.body, "resfreshToken")
    if not given:
        raise Refusal(400, "resfreshToken is missing.")
    row = ask.store.tokens.get(digest(given))
    if row is None or row.kind != "refresh" or row.expires_at <= ask.now:
        raise Refusal(401, "resfreshToken is invalid or expired.")
    account = ask.store.accounts.get(row.account_id)
    if account is None:
        raise Refusal(404, "user not found.")
    del ask.store.tokens[row.digest]
    token, refresh, expires = issue(ask, account)
    return as_json({"token": token, "resfreshToken": refresh, "expirationTime": iso(expires)})


def change_password(ask: Ask) -> Response:
    """1.6. A wrong old password is a 401, like a dead session. Tokens and key live on."""
    old, new = ask.body.get("oldPassword"), ask.body.get("newPassword")
    if not (isinstance(old, str) and old and isinstance(new, str) and new):
        raise Refusal(400, "oldPassword or newPassword is missing.")
    if not fits(old, ask.account.password):
        raise Refusal(401, "old password is incorrect.")
    _set_password(ask, ask.account, new)
    return ok("successfully updated password.")


def _set_password(ask: Ask, account: Account, new: str) -> None:
    if len(new) < SHORTEST_PASSWORD:
        raise Refusal(400, f"password must have at least {SHORTEST_PASSWORD} characters.")
    account.password, account.updated_at = hashed(new, ask.chance), ask.now
    ask.store.touch()


def forgot_password(ask: Ask) -> Response:
    """1.7. Promises not to tell, and tells: 404 for an unknown address."""
    account = _by_email(ask)
    token = ask.secret()
    ask.store.tokens[digest(token)] = Token(digest(token), account.id, "reset", ask.now + RESET_SECONDS)
    link = RESET_PAGE + token
    words = f"Hello {account.name},\n\nset a new password here within an hour:\n{link}"
    ask.mail(account.email, "Reset your password", words, link=link)
    return ok("If the email is registered, a reset link has been sent.")


def reset_password(ask: Ask) -> Response:
    """1.8. Good once; bearer and refresh tokens of the account end with it, the API key lives on."""
    token, new = text(ask.body, "token"), ask.body.get("newPassword")
    row = ask.store.tokens.get(digest(token)) if token else None
    if row is None or row.kind != "reset" or row.expires_at <= ask.now:
        raise Refusal(400, "token is invalid or expired.")
    if not isinstance(new, str) or not new:
        raise Refusal(400, "newPassword is missing.")
    _set_password(ask, ask.store.accounts[row.account_id], new)
    for other in [other for other in ask.store.tokens.values() if other.account_id == row.account_id]:
        del ask.store.tokens[other.digest]
    return ok("Password has been reset successfully.")
