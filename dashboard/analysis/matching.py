"""Which of Talkstack's answers belongs to which question: by its words, and by its place only as a last resort.

The contract (5.4) shows no answer, so every likely shape is read: a list, an object, an envelope with further keys.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dashboard.analysis import wording
from dashboard.calls.models import Question
from dashboard.talkstack import Analysis, parse
from dashboard.talkstack.calls import ANSWER_NAMES, QUESTION_NAMES

_DEEP = 3
_UNNAMED = "Answers without their questions"
# What an envelope says of itself or of what was asked, not of the call; compared as wording.key does.
_OF_ITSELF = frozenset(
    (
        "message", "status", "state", "success", "code", "error", "errors", "detail", "details", "ready", "progress",
        "id", "sid", "callsid", "callid", "projectid",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What Talkstack said, sorted: the text for each question by id ("" where there is none), and everything else."""

    values: dict[UUID, str]
    summary: str
    sentiment: str
    extra: dict[str, Any]

    @property
    def empty(self) -> bool:
        """Whether it said nothing of the call: no answer, no summary, no sentiment, and nothing by a name of its own."""
        more = any(_tells(value) for name, value in self.extra.items() if wording.key(name) not in _OF_ITSELF)
        return not (more or any(self.values.values()) or self.summary or self.sentiment)


def sort(analysis: Analysis, questions: Iterable[Question]) -> Told:
    """Give every question its answer; what belongs to none is kept in `extra`."""
    questions = list(questions)
    open_ones = {wording.key(question.text): question for question in questions}
    values = {question.pk: "" for question in questions}
    rest: list[tuple[str, str]] = []
    for name, text in ((each.question, each.answer) for each in analysis.answers):
        if (question := open_ones.get(wording.key(name))) is not None and not values[question.pk]:
            values[question.pk] = text
        else:
            rest.append((name, text))
    extra = {name: value for name, value in analysis.extra.items() if not _takes(name, value, open_ones, values)}
    bare = _bare(analysis.raw)
    told = rest or [("", text) for text in bare]
    if not any(values.values()) and len(told) == len(questions):  # not one name fits: answers come as they were asked
        values = {question.pk: text for question, (_, text) in zip(questions, told, strict=True)}
        rest = []
    elif bare and any(bare):  # which belongs to which nobody can tell
        extra[_UNNAMED] = [text for text in bare if text]
    extra.update({name: text for name, text in rest if text and name not in extra})
    return Told(values, analysis.summary, analysis.sentiment, extra)


def _tells(value: Any) -> bool:
    """Whether something is said in it: lists and objects of nothing say nothing."""
    if isinstance(value, dict | list):
        return any(_tells(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return bool(parse.as_words(value).strip())


def merged(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What was said by other names, with what earlier answers said of the call: nothing that was told once goes."""
    told = dict(now)
    for name, value in before.items():
        if not _tells(value) or wording.key(name) in _OF_ITSELF or (name in told and told[name] == value):
            continue
        while name in told:
            name = f"{name}, earlier"
        told[name] = value
    return told


def _takes(name: str, value: Any, open_ones: dict[str, Question], values: dict[UUID, str]) -> bool:
    """Whether all that stands under an unknown name were answers to open questions; they are taken."""
    found = [(word, said) for word, said in _said(name, value) if wording.key(word) in open_ones]
    for word, said in found:
        question = open_ones[wording.key(word)]
        values[question.pk] = values[question.pk] or parse.as_words(said)
    return bool(found) and len(found) == max(len(value) if isinstance(value, dict | list) else 1, 1)


def _said(name: str, value: Any, depth: int = _DEEP) -> Iterator[tuple[str, Any]]:
    """Every name with what was said to it: the value itself, a member, or an object that says which question it answers."""
    inner = parse.first(value, *ANSWER_NAMES) if isinstance(value, dict) else value
    yield name, value if inner is None else inner
    if depth and isinstance(value, dict):
        if question := parse.text_of(value, *QUESTION_NAMES):
            yield question, inner
        else:
            for word, said in value.items():
                yield from _said(word, said, depth - 1)
    elif depth and isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from _said("", item, depth - 1)


def _bare(raw: Any) -> list[str]:
    """The texts of a list of answers without their questions, bare or in an envelope; [] when there is none."""
    if not isinstance(raw, dict | list):
        return [parse.as_words(raw)]
    for _ in range(_DEEP):
        if isinstance(raw, list):
            texts = [
                parse.as_words(parse.first(item, *ANSWER_NAMES) if isinstance(item, dict) else item) for item in raw
            ]
            named = any(parse.text_of(item, *QUESTION_NAMES) for item in raw if isinstance(item, dict))
            return [] if named else texts
        raw = parse.first(raw, "analysis", "data", "result", "answers", "results", "custom_analysis_data")
    return []
