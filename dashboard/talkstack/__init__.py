"""The service module: the only code that speaks to Talkstack. Standard library and requests; never Django."""

from dashboard.talkstack.agents import Agent
from dashboard.talkstack.auth import Login, LoginStatus, SignUp, SignUpStatus, Tokens, VerificationStatus
from dashboard.talkstack.calldata import FINAL_STATES, OPEN_STATES, CallData, state_word
from dashboard.talkstack.calls import Analysis, Answer, PlacedCall
from dashboard.talkstack.client import Budgets, Client, Credentials, Servers
from dashboard.talkstack.errors import (
    AuthRefused,
    Conflict,
    ContractBroken,
    KeyRejected,
    ListPathUnknown,
    MediaRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TalkstackError,
    Unavailable,
    UnknownAccount,
    WrongPassword,
)
from dashboard.talkstack.numbers import Number
from dashboard.talkstack.pool import gather
from dashboard.talkstack.projects import Project
from dashboard.talkstack.prompt import Piece, Problem
from dashboard.talkstack.voices import Voice

__all__ = [
    "FINAL_STATES",
    "OPEN_STATES",
    "Agent",
    "Analysis",
    "Answer",
    "AuthRefused",
    "Budgets",
    "CallData",
    "Client",
    "Conflict",
    "ContractBroken",
    "Credentials",
    "KeyRejected",
    "ListPathUnknown",
    "Login",
    "LoginStatus",
    "MediaRefused",
    "NotAllowed",
    "NotFound",
    "Number",
    "OutcomeUnknown",
    "Piece",
    "PlacedCall",
    "Problem",
    "Project",
    "RateLimited",
    "Refused",
    "Servers",
    "SignUp",
    "SignUpStatus",
    "TalkstackError",
    "Tokens",
    "Unavailable",
    "UnknownAccount",
    "VerificationStatus",
    "Voice",
    "WrongPassword",
    "gather",
    "state_word",
]
