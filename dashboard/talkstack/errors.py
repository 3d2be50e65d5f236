"""What can go wrong when Talkstack is asked for something.

TalkstackError
 ├ Refused           400 402 405 413 415 422: Talkstack looked at it and said no; nothing was done
 │  ├ Conflict       409
 │  └ AuthRefused    a sign-in, sign-up, code or password was not accepted (.status_member)
 │     ├ WrongPassword    401 on login or change-password: never an expired session
 │     └ UnknownAccount   no such e-mail (also a NotFound)
 ├ NotFound          404, or an id that cannot exist
 │  └ MediaRefused   a recording that is kept where we do not fetch from
 ├ KeyRejected       401: the token or API key is not accepted
 ├ NotAllowed        403
 ├ RateLimited       429 (.retry_after)
 ├ Unavailable       nothing was changed: not reached, or a read without a usable answer (.sent)
 ├ OutcomeUnknown    a write or a ring that was sent and got no readable answer
 ├ ContractBroken    a 2xx to a read that cannot be understood
 └ ListPathUnknown   none of the known addresses gives the list of projects
"""

from collections.abc import Mapping
from enum import IntEnum


class TalkstackError(Exception):
    """Base of all. `sentence` is for people, `detail` (redacted) for the log, `route` is like "GET /project/:id"."""

    default = "Talkstack did not do what was asked."

    def __init__(self, sentence: str = "", *, status: int | None = None, detail: str = "", route: str = "") -> None:
        self.sentence = sentence or self.default
        self.status = status
        self.detail = detail
        self.route = route
        super().__init__(self.sentence)

    @property
    def cause(self) -> str:
        """The sentence for where nothing was to be changed, or where it is read long after."""
        return self.sentence.replace(" Nothing was changed.", "")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.sentence!r}, status={self.status}, route={self.route!r})"


class Refused(TalkstackError):
    """Talkstack said no. `message`: its own words (plain text, up to 300 characters, or ""); `fields`: per field."""

    default = "Talkstack refused this. Nothing was changed."

    def __init__(
        self,
        sentence: str = "",
        *,
        message: str = "",
        fields: Mapping[str, str] | None = None,
        status: int | None = None,
        detail: str = "",
        route: str = "",
    ) -> None:
        super().__init__(sentence, status=status, detail=detail, route=route)
        self.message = message
        self.fields = dict(fields or {})


class Conflict(Refused):
    """409: it collides with something that is there already."""

    default = "This collides with something that is there already. Nothing was changed."


class NotFound(TalkstackError):
    """404, or an id that no path can hold."""

    default = "This is not at Talkstack (any more)."


class AuthRefused(Refused):
    """`status_member` says why: of SignUpStatus, LoginStatus or VerificationStatus; None when Talkstack did not."""

    default = "Talkstack did not accept this."

    def __init__(
        self,
        sentence: str = "",
        *,
        status_member: IntEnum | None = None,
        message: str = "",
        fields: Mapping[str, str] | None = None,
        status: int | None = None,
        detail: str = "",
        route: str = "",
    ) -> None:
        super().__init__(sentence, message=message, fields=fields, status=status, detail=detail, route=route)
        self.status_member = status_member


class WrongPassword(AuthRefused):
    """The password is not right. It is about what was typed, not about the session."""

    default = "The password is not right."


class UnknownAccount(AuthRefused, NotFound):
    """Talkstack has no account with this e-mail address."""

    default = "Talkstack has no account with this e-mail address."


class MediaRefused(NotFound):
    """The sound is kept on a server, or is of a kind, that is not fetched."""

    default = "This recording is kept on a server that is not among the media servers allowed here."


class KeyRejected(TalkstackError):
    """401: sign in again, or store a new API key."""

    default = (
        "Talkstack did not accept the key of this workspace. Nothing was changed. "
        "Its owner can mend the connection in the settings."
    )


class NotAllowed(TalkstackError):
    """403."""

    default = "Talkstack does not allow this with the key of this workspace. Nothing was changed."


class RateLimited(TalkstackError):
    """429. `retry_after` in seconds (0 to one day), None when Talkstack did not say."""

    default = "Talkstack is busy and asks to wait. Nothing was changed."

    def __init__(
        self,
        sentence: str = "",
        *,
        retry_after: float | None = None,
        status: int | None = 429,
        detail: str = "",
        route: str = "",
    ) -> None:
        super().__init__(sentence, status=status, detail=detail, route=route)
        self.retry_after = retry_after


class Unavailable(TalkstackError):
    """Nothing was changed. `sent` is False when it is certain that no request reached Talkstack."""

    default = "Talkstack cannot be reached at the moment. Nothing was changed."

    def __init__(
        self, sentence: str = "", *, sent: bool = False, status: int | None = None, detail: str = "", route: str = ""
    ) -> None:
        super().__init__(sentence, status=status, detail=detail, route=route)
        self.sent = sent


class OutcomeUnknown(TalkstackError):
    """It was sent, and whether it was done is not known. `reason`: why there is no answer, in a sentence, or ""."""

    default = (
        "This was sent to Talkstack, but no readable answer came back. It may or may not have happened: please check."
    )

    def __init__(
        self, sentence: str = "", *, reason: str = "", status: int | None = None, detail: str = "", route: str = ""
    ) -> None:
        super().__init__(sentence, status=status, detail=detail, route=route)
        self.reason = reason


class ContractBroken(TalkstackError):
    """Talkstack said yes in a way that cannot be read."""

    default = "Talkstack's answer could not be understood."


class ListPathUnknown(TalkstackError):
    """No known address gives the list of projects."""

    default = "Talkstack's list of projects was not found at any known address."
