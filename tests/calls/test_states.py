"""Which word wins: every case of a small function."""

import pytest

from dashboard.calls.models import Call
from dashboard.calls.states import badge, better, is_final, over, wins

DATA, HISTORY, HOOK = "call_data", "history", "webhook"


@pytest.mark.parametrize(
    ("old", "old_source", "new", "new_source", "expected"),
    [
        ("", "", "queued", DATA, True),
        ("", "", "completed", HOOK, True),
        ("queued", DATA, "ringing", HOOK, True),
        ("ringing", HOOK, "queued", DATA, False),
        ("ringing", HOOK, "ringing", DATA, False),
        ("in-progress", DATA, "ringing", HOOK, False),
        ("in-progress", DATA, "completed", HOOK, True),
        ("completed", HOOK, "in-progress", DATA, False),
        ("completed", HOOK, "failed", DATA, True),
        ("completed", DATA, "failed", HOOK, False),
        ("completed", DATA, "failed", HISTORY, False),
        ("completed", HISTORY, "failed", HISTORY, True),
        ("completed", DATA, "voicemail", HOOK, True),
        ("voicemail", HOOK, "completed", HISTORY, False),
        ("voicemail", HOOK, "completed", DATA, False),
        ("voicemail", HOOK, "busy", DATA, True),
        ("silence", DATA, "voicemail", HOOK, False),
        ("ringing", DATA, "sms-sent", DATA, True),
        ("in-progress", DATA, "sms-sent", DATA, False),
        ("sms-sent", DATA, "in-progress", DATA, True),
        ("sms-sent", DATA, "completed", DATA, True),
        ("completed", DATA, "sms-sent", DATA, False),
        ("completed", DATA, "", DATA, False),
    ],
)
def test_open_never_follows_final_and_the_better_source_decides(old, old_source, new, new_source, expected):
    assert wins(old, old_source, new, new_source) is expected


def test_an_unheard_of_word_is_shown_as_it_is_and_is_not_final():
    assert badge("placed", "sms-sent").label == "Sms sent"
    assert not is_final("sms-sent")
    assert not over(Call(attempt="placed", state="sms-sent"))


@pytest.mark.parametrize(
    ("old", "new", "named"), [("", HOOK, HOOK), (DATA, HOOK, DATA), (HOOK, DATA, DATA), (HISTORY, HISTORY, HISTORY)]
)
def test_a_state_said_twice_names_the_more_trusted_source(old, new, named):
    assert better(old, new) == named


@pytest.mark.parametrize(
    ("attempt", "state", "label"),
    [
        ("reserved", "", "Waiting to be sent"),
        ("unknown", "", "Unknown"),
        ("placed", "ringing", "Ringing"),
        ("not_called", "completed", "Answered"),
        ("", "", "No word yet"),
    ],
)
def test_the_badge_says_talkstacks_word_once_there_is_one(attempt, state, label):
    assert badge(attempt, state).label == label
