"""What each answer of Talkstack's account pages means for the person in front of them, and what to do next.

One line per member of the API's own lists (API contract, 1.1, 1.2 and 1.4), so that none is ever shown as a number.
"""

from dataclasses import dataclass

from dashboard.talkstack import LoginStatus, SignUpStatus, VerificationStatus

SIGN_IN, SIGN_UP, VERIFY, FORGOT = "accounts:sign_in", "accounts:sign_up", "accounts:verify", "accounts:forgot"
STEPS = {
    SIGN_IN: "Sign in",
    SIGN_UP: "Create an account",
    VERIFY: "Enter the code",
    FORGOT: "Get a link for a new password",
}
WRONG = "The e-mail address or the password is not right."
WRONG_PASSWORD = "This is not your password. Nothing was done."  # noqa: S105
NOT_VERIFIED = "This account is not verified yet. Look for the code that Talkstack sent to this e-mail address."


@dataclass(frozen=True)
class Saying:
    """`words` for the person; `field`: where they belong ("": on top, with `steps`: pages that help); `go`: straight there."""

    words: str
    field: str = ""
    steps: tuple[str, ...] = ()
    go: str = ""


SIGNING_UP = {
    SignUpStatus.CREDENTIALS_MISSING: Saying(
        "Talkstack says that the name, the e-mail address or the password is missing. No account was made: fill in all three."
    ),
    SignUpStatus.ACCOUNT_ALREADY_EXISTS: Saying(
        "There is an account with this e-mail address already. No new one was made: sign in with it.",
        steps=(SIGN_IN, FORGOT),
    ),
    SignUpStatus.EMAIL_NOT_VERIFIED: Saying(
        "There is an account with this e-mail address already, and it still waits for its code. Enter the code that Talkstack "
        "sent, or ask for another one. What you just typed as name and password was not kept: those of the first time count.",
        go=VERIFY,
    ),
    SignUpStatus.SUCCESS: Saying("Your account was made. Talkstack sends a code to your e-mail address.", go=VERIFY),
    SignUpStatus.SIGNUP_FAILED: Saying("Talkstack could not make this account. Nothing was made: you can try again."),
    SignUpStatus.INVALID_EMAIL: Saying(
        "Talkstack does not take this as an e-mail address. No account was made.", "email"
    ),
    SignUpStatus.EMAIL_NOT_SENT: Saying(
        "Your account was made, but Talkstack could not send the code. Ask for another one here.", go=VERIFY
    ),
}
VERIFYING = {
    VerificationStatus.CREDENTIALS_MISSING: Saying(
        "Talkstack says that the e-mail address or the code is missing or cannot be read. Look at both again."
    ),
    VerificationStatus.INVALID_CODE: Saying(
        "This is not the code. Only the one in the newest mail counts: look there, or ask for another one.", "code"
    ),
    VerificationStatus.SUCCESS: Saying("Your e-mail address is verified. Sign in to start.", go=SIGN_IN),
    VerificationStatus.RESEND_INVITE: Saying(
        "This code no longer counts: it is too old, or was tried too often. Ask for another one.", "code"
    ),
    VerificationStatus.ACCOUNT_EXISTS: Saying("This e-mail address is verified already. Sign in.", go=SIGN_IN),
    VerificationStatus.ACCOUNT_NOT_FOUND: Saying(
        "Talkstack has no account with this e-mail address. Look whether it is spelt right, or create an account.",
        steps=(SIGN_UP,),
    ),
}
# An unknown address and a wrong password read the same on purpose: nobody learns here who has an account.
SIGNING_IN = {
    LoginStatus.CREDENTIALS_MISSING: Saying(
        "Talkstack says that the e-mail address or the password is missing. Fill in both."
    ),
    LoginStatus.ACCOUNT_ALREADY_EXISTS: Saying(
        "Talkstack says that this account exists already, and did not sign you in. Try again, or set a new password.",
        steps=(FORGOT,),
    ),
    LoginStatus.ACCOUNT_NOT_VERIFIED: Saying(NOT_VERIFIED, steps=(VERIFY,)),
    LoginStatus.USER_NOT_FOUND: Saying(WRONG),
    LoginStatus.INVALID_PASSWORD: Saying(WRONG),
    LoginStatus.HUBSPOT_INTEGRATION_FAILED: Saying(
        "Talkstack could not connect this account with HubSpot, and did not sign you in. Sign in at Talkstack itself once, "
        "then here."
    ),
    LoginStatus.HUBSPOT_INTEGRATION_SUCCESS: Saying(
        "Talkstack connected this account with HubSpot, but did not sign you in. Sign in once more."
    ),
    LoginStatus.SUCCESS: Saying(
        "Talkstack accepted the password, but its answer could not be used. Sign in once more."
    ),
    LoginStatus.LOGIN_FAILED: Saying("Talkstack could not sign you in just now. Try again in a moment."),
    LoginStatus.INVALID_EMAIL: Saying("Talkstack does not take this as an e-mail address. Look at it again."),
}
