"""What a call brings home: the data gathered and the answers of an analysis. They follow from the agent's prompt, the
variables and the ending, and are the same each time they are read.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

from .store import Call

WHEN = re.compile(r"time|date|when|day|slot|window", re.I)


def outcome(prompt: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    """The string map of a finished conversation (API contract, 5.2: booleans are the words "true" and "false")."""
    words = prompt.lower()
    yes = chance.random() < 0.78
    who = next((value for key, value in variables.items() if "name" in key.lower() and value), "The person")
    when = next((value for key, value in variables.items() if WHEN.search(key) and value), "")
    for needle, write in KINDS:
        if re.search(needle, words):
            return write(yes, who, when, variables, chance)
    return {
        "reached": "true",
        "interested": _word(yes),
        "note": f"{who} {'would like to hear more' if yes else 'is busy at the moment'}.",
    }


def _word(yes: bool) -> str:
    return "true" if yes else "false"


def _visit(yes: bool, who: str, when: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    new = chance.choice(("Thursday at 15:00", "next Monday morning", "Friday at 11:30"))
    place = variables.get("clinic", "")
    said = f"{when or 'The time'} is fine{' at ' + place if place else ''}, please remind me the day before."
    return {
        "confirmed": _word(yes),
        "newDate": "" if yes else new,
        "reason": f"{who}: {said}" if yes else f"{who} cannot make it {when or 'then'} and asks for {new}.",
    }


def _repair(yes: bool, who: str, when: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    unit = variables.get("unit", "")
    said = "somebody will be at home." if yes else "please come another time."
    return {
        "accessGranted": _word(yes),
        "preferredTime": when if yes else chance.choice(("after 17:00", "Saturday morning")),
        "note": f"{who}{', unit ' + unit if unit else ''}: {said}",
    }


def _parcel(yes: bool, who: str, when: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    place = chance.choice(("with the neighbour", "at the back door", "in the porch"))
    return {
        "someoneHome": _word(yes),
        "dropOffPlace": "" if yes else place,
        "note": f"{who} {'will be there' + (' ' + when if when else '') if yes else 'asks to leave it ' + place}.",
    }


def _rating(yes: bool, who: str, when: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    score = chance.choice((4, 5, 5)) if yes else chance.choice((1, 2, 3))
    return {
        "rating": str(score),
        "comment": f"{who}: {'friendly and on time' if yes else 'it took too long'}.",
        "callBack": _word(not yes),
    }


def _rent(yes: bool, who: str, when: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    day = chance.choice(("Friday", "the first of the month", "today"))
    return {
        "willPay": _word(yes),
        "payOn": day if yes else "",
        "note": f"{who} {'will pay ' + day if yes else 'asks for a call from the office'}.",
    }


def _intake(yes: bool, who: str, when: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    return {
        "reasonForVisit": chance.choice(("a check-up", "a sore knee", "a rash that does not go away")),
        "medicines": "" if yes else chance.choice(("something for blood pressure", "vitamins")),
        "allergies": chance.choice(("none", "none", "pollen", "penicillin")),
        "needsHelp": _word(chance.random() < 0.2),
    }


def _notice(yes: bool, who: str, when: str, variables: dict[str, str], chance: Random) -> dict[str, str]:
    return {"wantsReminder": _word(yes), "note": f"{who} {'would like' if yes else 'does not want'} a text message."}


KINDS = (
    (r"allerg", _intake),
    (r"flu shot", _notice),
    (r"how satisfied|rating|from one to five", _rating),
    (r"parcel|delivery|deliver", _parcel),
    (r"repair|technician|maintenance", _repair),
    (r"rent|payment|invoice", _rent),
    (r"appointment|visit|clinic", _visit),
)

ENDINGS = {
    "busy": "The line was busy.",
    "no-answer": "Nobody picked up.",
    "failed": "The number could not be reached.",
    "voicemail": "A voicemail picked up; no message was left.",
    "silence": "Somebody picked up and said nothing.",
}


def summary(call: Call, state: str, agent: str) -> str:
    if state in ENDINGS:
        return ENDINGS[state]
    told = next((value for key, value in call.data.items() if key in ("reason", "note", "comment")), "")
    return f"{agent or 'The agent'} talked for {round(call.talk)} seconds. {told}".strip()


def analysis(call: Call, state: str, agent: str, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """Summary, mood, state and one answer for each question, of the type asked for."""
    positive = any(value == "true" for value in call.data.values())
    sentiment = "neutral" if state != "completed" else "positive" if positive else "negative"
    answers = [
        {"question": item["question"], "type": item["type"], "answer": answer(call, state, agent, item)}
        for item in questions
    ]
    return {
        "summary": summary(call, state, agent),
        "sentiment": sentiment,
        "status": state,
        "custom_analysis_data": answers,
    }


def answer(call: Call, state: str, agent: str, item: dict[str, Any]) -> Any:
    """Yes or No, a number, one of the options, or a sentence; the same for the same call and question."""
    chance = Random(f"{call.sid}/{item['question']}")
    kind, known = item["type"], _heard(call, item["question"])
    if kind == "Boolean":
        if known in ("true", "false"):
            return "Yes" if known == "true" else "No"
        return "Yes" if state == "completed" and chance.random() < 0.65 else "No"
    if kind == "Number":
        return int(known) if known.isdecimal() else chance.randint(1, 5) if state == "completed" else 0
    if kind == "Selector":
        return _fitting(item["options"], state, known) or chance.choice(item["options"])
    return known if known not in ("", "true", "false") else summary(call, state, agent)


def _heard(call: Call, question: str) -> str:
    """What the conversation brought about the question: the value whose name shares a word with it; "" when there is none."""
    asked = {word[:5] for word in re.findall(r"[a-z]{4,}", question.lower())}
    for name, value in call.data.items():
        words = re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", name).lower())
        if value and asked & {word[:5] for word in words if len(word) > 3}:
            return value
    return ""


def _fitting(options: list[str], state: str, known: str) -> str:
    """The option that the conversation, or its ending, names; "" when none does."""
    words = {
        "no-answer": ("no answer", "not reached", "nobody"),
        "voicemail": ("voicemail", "machine"),
        "busy": ("busy",),
    }
    named = words.get(state, ()) if state != "completed" else (known.lower(),) if known else ()
    return next((each for each in options for word in named if word in each.lower() or each.lower() in word), "")
