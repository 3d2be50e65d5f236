"""Signing up and in: by token and status member, never by the HTTP status alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.talkstack import (
    AuthRefused,
    ContractBroken,
    KeyRejected,
    LoginStatus,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    SignUpStatus,
    Unavailable,
    UnknownAccount,
    VerificationStatus,
    WrongPassword,
)
from tests.talkstack.stand_ins import client

LOGIN = {
    "message": "successfully logged in.", "status": "success", "token": "secret-t", "refreshToken": "secret-r",
    "expirationTime": "2025-03-11T17:49:38.925Z", "user": {"email": "a@b.c", "name": "John", "active_project": None},
    "loginStatus": 7,
}  # fmt: skip
WITHOUT = {key: value for key, value in LOGIN.items() if key not in ("token", "refreshToken")}


@pytest.mark.parametrize(
    "body",
    [
        LOGIN,
        LOGIN | {"loginStatus": 6},
        LOGIN | {"loginStatus": "7"},
        LOGIN | {"loginStatus": "SUCCESS"},
        {key: value for key, value in LOGIN.items() if key != "loginStatus"},
        LOGIN | {"status": "error"},
        LOGIN | {"refreshToken": None, "resfreshToken": "secret-r"},
        {"data": LOGIN | {"email": "a@b.c", "name": "John"}},
        {"accessToken": "secret-t", "refresh_token": "secret-r", "user": LOGIN["user"], "expiresAt": 1741715378.925},
    ],
)
def test_login(table: Any, body: Any) -> None:
    table({"POST /auth/login": (200, body)})
    login = client().auth.login("typed@b.c", "pw")
    assert (login.tokens.token, login.tokens.refresh_token, login.name) == ("secret-t", "secret-r", "John")
    assert login.tokens.expires_at == datetime(2025, 3, 11, 17, 49, 38, 925000, tzinfo=UTC)
    assert "secret" not in repr(login)


@pytest.mark.parametrize(
    ("status", "body", "kind", "member"),
    [
        (200, WITHOUT | {"loginStatus": 2}, AuthRefused, LoginStatus.ACCOUNT_NOT_VERIFIED),
        (200, WITHOUT | {"loginStatus": 3}, UnknownAccount, LoginStatus.USER_NOT_FOUND),
        (200, WITHOUT | {"loginStatus": 4}, WrongPassword, LoginStatus.INVALID_PASSWORD),
        (200, WITHOUT, AuthRefused, LoginStatus.SUCCESS),
        (200, {"message": "hello"}, AuthRefused, None),
        (200, LOGIN | {"loginStatus": 4}, WrongPassword, LoginStatus.INVALID_PASSWORD),
        (400, {"loginStatus": 0, "message": "email missing"}, AuthRefused, LoginStatus.CREDENTIALS_MISSING),
        (400, {"loginStatus": 9}, AuthRefused, LoginStatus.INVALID_EMAIL),
        (400, b"", AuthRefused, None),
        (401, b"<html>", WrongPassword, LoginStatus.INVALID_PASSWORD),
        (401, {"loginStatus": 2}, AuthRefused, LoginStatus.ACCOUNT_NOT_VERIFIED),
        (403, {"message": "verify first"}, AuthRefused, LoginStatus.ACCOUNT_NOT_VERIFIED),
        (404, b"", UnknownAccount, LoginStatus.USER_NOT_FOUND),
        (409, {"loginStatus": 2}, AuthRefused, LoginStatus.ACCOUNT_NOT_VERIFIED),
        (500, {"loginStatus": 8}, AuthRefused, LoginStatus.LOGIN_FAILED),
    ],
)
def test_a_login_that_fails(table: Any, status: int, body: Any, kind: type[Exception], member: Any) -> None:
    table({"POST /auth/login": (status, body)})
    with pytest.raises(AuthRefused) as caught:
        client().auth.login("a@b.c", "pw")
    assert type(caught.value) is kind and caught.value.status_member == member
    assert not isinstance(caught.value, KeyRejected) and "secret" not in repr(caught.value)


@pytest.mark.parametrize(("status", "kind"), [(500, Unavailable), (302, Unavailable), (429, RateLimited)])
def test_a_login_that_talkstack_cannot_do(table: Any, status: int, kind: type[Exception]) -> None:
    table({"POST /auth/login": (status, b"<html>")})
    with pytest.raises(kind):
        client().auth.login("a@b.c", "pw")
    table({"POST /auth/login": (200, b"<html>")})
    with pytest.raises(ContractBroken):
        client().auth.login("a@b.c", "pw")


def test_signup(table: Any) -> None:
    user = {"email": "a@b.c", "name": "Johm", "active_project": None}
    table({"POST /auth/signup": (200, {"status": "success", "user": user, "signupStatus": 3})})
    new = client().auth.signup("a@b.c", "pw", "John")
    assert (new.email, new.name, new.tokens, new.status) == ("a@b.c", "Johm", None, 3)
    table({"POST /auth/signup": (200, {"token": "secret-t", "signupStatus": 3})})
    new = client().auth.signup("a@b.c", "pw", "John")
    assert new.name == "John" and new.tokens and new.tokens.token == "secret-t" and "secret" not in repr(new)


@pytest.mark.parametrize("status", [200, 400, 409, 500])
@pytest.mark.parametrize("member", [member for member in SignUpStatus if member is not SignUpStatus.SUCCESS])
def test_a_signup_that_fails(table: Any, status: int, member: SignUpStatus) -> None:
    table({"POST /auth/signup": (status, {"message": "words", "signupStatus": int(member)})})
    with pytest.raises(AuthRefused) as caught:
        client().auth.signup("a@b.c", "pw", "John")
    assert caught.value.status_member is member and caught.value.message == "words"


def test_other_ends_of_a_signup(table: Any) -> None:
    table({"POST /auth/signup": (500, b"")})
    with pytest.raises(OutcomeUnknown):
        client().auth.signup("a@b.c", "pw", "John")
    table({"POST /auth/signup": (429, {"signupStatus": 4})})
    with pytest.raises(RateLimited):
        client().auth.signup("a@b.c", "pw", "John")


def test_verify_and_the_rest(table: Any) -> None:
    table(lambda request: (200, {"status": "success", "verificationStatus": 2}))
    auth = client().auth
    auth.verify_email("a@b.c", "123456")
    auth.resend_code("a@b.c")
    auth.forgot_password("a@b.c")
    auth.reset_password("t", "n")
    auth.change_password("o", "n")
    table(lambda request: (400, {"message": "wrong", "verificationStatus": 1}))
    with pytest.raises(AuthRefused) as caught:
        auth.verify_email("a@b.c", "123456")
    assert caught.value.status_member is VerificationStatus.INVALID_CODE
    table(lambda request: (404, b""))
    for act in (
        lambda: auth.verify_email("a@b.c", "1"),
        lambda: auth.resend_code("a@b.c"),
        lambda: auth.forgot_password("a@b.c"),
    ):
        with pytest.raises(UnknownAccount) as unknown:
            act()
        assert isinstance(unknown.value, NotFound) and isinstance(unknown.value, AuthRefused)


@pytest.mark.parametrize("name", ["refreshToken", "resfreshToken", "refresh_token"])
def test_refresh(table: Any, name: str) -> None:
    stand_in = table(
        lambda request: (200, {"token": "new-t", name: "new-r", "expirationTime": "2025-01-13T10:24:48.229Z"})
    )
    tokens = client().auth.refresh("old-r")
    assert (tokens.token, tokens.refresh_token) == ("new-t", "new-r") and stand_in.body() == {"refreshToken": "old-r"}
    table(lambda request: (200, {"data": {"token": "new-t"}}))
    assert client().auth.refresh("old-r").refresh_token == "old-r"


def test_refresh_with_the_other_spelling(table: Any) -> None:
    stand_in = table(
        {"POST /auth/refresh-token": [(400, {"message": "resfreshToken missing"}), (200, {"token": "new-t"})]}
    )
    assert client().auth.refresh("old-r").token == "new-t"
    assert stand_in.body() == {"refreshToken": "old-r", "resfreshToken": "old-r"}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b"", KeyRejected),
        (401, b"", KeyRejected),
        (403, b"", KeyRejected),
        (404, b"", KeyRejected),
        (429, b"", RateLimited),
    ]
    + [
        (500, b"", OutcomeUnknown),
        (200, b"", OutcomeUnknown),
        (200, b"{}", OutcomeUnknown),
        (200, b"<html>", OutcomeUnknown),
    ],
)
def test_a_refresh_that_fails(table: Any, status: int, body: Any, kind: type[Exception]) -> None:
    table({"POST /auth/refresh-token": (status, body)})
    with pytest.raises(kind):
        client().auth.refresh("old-r")


@pytest.mark.parametrize(
    "body", [{"apiKey": "k" * 64}, {"data": {"apiKey": "k" * 64}}, {"api_key": "k" * 64}, {"data": "k" * 64}]
)
def test_api_key(table: Any, body: Any) -> None:
    table({"GET /user/generate-apikey": (200, body)})
    assert client().user.generate_api_key() == "k" * 64
