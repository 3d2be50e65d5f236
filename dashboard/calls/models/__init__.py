"""The ledger's tables, by subject: calls, how far histories were read, what is searched, questions with their answers."""

from dashboard.calls.models.answers import (
    Analysis,
    Answer,
    AnswerType,
    Asking,
    AskingState,
    Question,
    QuestionSet,
)
from dashboard.calls.models.call import Attempt, Call, Forgotten, Moved, Observation, Source
from dashboard.calls.models.history import HistoryRead
from dashboard.calls.models.lists import CallText, SavedView, TextIndex

__all__ = [
    "Analysis",
    "Answer",
    "AnswerType",
    "Asking",
    "AskingState",
    "Attempt",
    "Call",
    "CallText",
    "Forgotten",
    "HistoryRead",
    "Moved",
    "Observation",
    "Question",
    "QuestionSet",
    "SavedView",
    "Source",
    "TextIndex",
]
