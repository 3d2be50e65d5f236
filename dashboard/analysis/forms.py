"""The form of a question set: a name and up to twenty questions, built with submit buttons alone."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms

from dashboard.analysis import wording
from dashboard.analysis.sets import Wanted
from dashboard.calls.models import AnswerType, Question
from dashboard.web.forms import NO_NUL

MOST_QUESTIONS, MOST_OPTIONS, LEAST_OPTIONS = 20, 20, 2
LONGEST_QUESTION, LONGEST_OPTION, LONGEST_NAME = 500, 100, 80
_FIELDS = ("id", "text", "type", "options")
_DO = re.compile(r"(remove|up|down)-(\d{1,2})\Z")
Row = dict[str, str]


class SetForm(forms.Form):
    """What the set is called. `version` is the one that the page was made from."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="What the answers are for, such as “After the visit”.",
        error_messages={"required": "Give the set a name.", **NO_NUL},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        """With single blanks between words."""
        return " ".join(str(self.cleaned_data["name"]).split())


class QuestionForm(forms.Form):
    """One question."""

    id = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    text = forms.CharField(
        label="Question",
        max_length=LONGEST_QUESTION,
        error_messages={"required": "Type the question, or remove this row.", **NO_NUL},
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    type = forms.ChoiceField(
        label="Kind of answer",
        choices=AnswerType.choices,
        error_messages={"required": "Choose the kind of answer.", "invalid_choice": "Choose one of these kinds."},
    )
    options = forms.CharField(
        label="Options",
        required=False,
        max_length=MOST_OPTIONS * (LONGEST_OPTION + 2) * 2,
        help_text=f"One per line, {LEAST_OPTIONS} to {MOST_OPTIONS} of them. Talkstack picks the one that fits best.",
        error_messages=NO_NUL,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    options.mark_optional = False  # type: ignore[attr-defined]  # shown only with a choice, where they are required

    def clean_text(self) -> str:
        """In one line; a question without a single letter cannot be found again in an answer."""
        text = " ".join(str(self.cleaned_data["text"]).split())
        if not any(letter.isalnum() for letter in text):
            raise forms.ValidationError("Type the question in words.")
        return text

    def clean(self) -> dict[str, Any]:
        """Options belong to a choice alone; whatever else was typed there is left out."""
        told: dict[str, Any] = self.cleaned_data
        lines = [" ".join(line.split()) for line in str(told.get("options", "")).splitlines()]
        told["options"] = [line for line in lines if line] if told.get("type") == AnswerType.CHOICE else []
        if told.get("type") == AnswerType.CHOICE and (wrong := wrong_with(told["options"])):
            self.add_error("options", wrong)
        return told

    @property
    def wanted(self) -> Wanted:
        """The question, once it is valid."""
        told = self.cleaned_data
        return Wanted(told["text"], told["type"], told["options"], told["id"])


def wrong_with(options: Sequence[str]) -> str:
    """What is wrong with the options of a choice, for people; "" when nothing is."""
    if len(options) < LEAST_OPTIONS:
        return f"Type at least {LEAST_OPTIONS} options, one per line."
    if len(options) > MOST_OPTIONS:
        return f"These are {len(options)} options. At most {MOST_OPTIONS} are possible."
    if long := next((each for each in options if len(each) > LONGEST_OPTION), ""):
        return f"“{long[:40]}…” has {len(long)} characters. An option has at most {LONGEST_OPTION}."
    seen: dict[str, str] = {}
    for each in options:
        if other := seen.get(wording.key(each)):
            return f"“{each}” stands there twice." if each == other else f"“{each}” and “{other}” are too alike."
        seen[wording.key(each)] = each
    return ""


class Editor:
    """The whole form: `name` and `questions`, each with its errors once `is_valid` was asked."""

    def __init__(self, name: str, rows: list[Row], version: int = 0, asked: Mapping[UUID, int] | None = None) -> None:
        """`asked` says how many answers a question has, by id."""
        self._told = {"name": name, "version": str(version)}
        self.rows = rows or [{"id": "", "text": "", "type": AnswerType.YES_NO.value, "options": ""}]
        self.answers = {str(pk): count for pk, count in (asked or {}).items()}
        self.changed = False  # whether it holds what is saved nowhere
        self.added = False  # whether a question was just added
        self._build(bound=False)

    @classmethod
    def of(cls, name: str, questions: Sequence[Question], version: int, asked: Mapping[UUID, int]) -> "Editor":
        """The form of a set that is there."""
        return cls(name, [_row(each) for each in questions], version, asked)

    @classmethod
    def posted(cls, data: Mapping[str, Any], asked: Mapping[UUID, int] | None = None) -> "Editor":
        """The form as it was sent, with whatever was pressed besides "save" done to it."""
        count = int(text) if (text := str(data.get("rows", ""))).isdecimal() and len(text) < 4 else 0
        rows = [
            {name: _plain(data.get(f"q{n}-{name}", "")) for name in _FIELDS}
            for n in range(min(count, 2 * MOST_QUESTIONS))
        ]
        version = str(data.get("version", ""))
        editor = cls(
            _plain(data.get("name", "")), rows, int(version) if version.isdecimal() and len(version) < 10 else 0, asked
        )
        editor._press(str(data.get("do", "save")))
        editor.changed = True
        return editor

    def _press(self, pressed: str) -> None:
        self.saving = pressed == "save"
        self.added = pressed == "add" and len(self.rows) < MOST_QUESTIONS
        if self.added:
            self.rows.append({"id": "", "text": "", "type": AnswerType.YES_NO.value, "options": ""})
        if found := _DO.match(pressed):
            place, rows = int(found[2]), self.rows
            other = place + {"up": -1, "down": 1}.get(found[1], 0)
            if found[1] == "remove" and place < len(rows):
                del rows[place]
            elif 0 <= other < len(rows) and place < len(rows):
                rows[place], rows[other] = rows[other], rows[place]
        self._build(bound=self.saving)

    def _build(self, bound: bool) -> None:
        self.head = SetForm(self._told if bound else None, initial=self._told)
        self.questions = []
        for n, row in enumerate(self.rows):
            data = {f"q{n}-{name}": value for name, value in row.items()} if bound else None
            form = QuestionForm(data, initial=row, prefix=f"q{n}")
            form.answers = self.answers.get(row["id"], 0)  # type: ignore[attr-defined]
            self.questions.append(form)
        if self.added:  # without JavaScript the page begins at its top
            self.questions[-1].fields["text"].widget.attrs["autofocus"] = True

    def based_on(self, version: int) -> None:
        """Say that the page was made from this version after all: whoever saves it again has seen that there is another."""
        self._told["version"] = str(version)
        self._build(bound=True)

    @property
    def full(self) -> bool:
        """Whether no more questions fit."""
        return len(self.rows) >= MOST_QUESTIONS

    def is_valid(self) -> bool:
        """Whether it can be saved; every message is at its field."""
        fine = all([self.head.is_valid(), *[form.is_valid() for form in self.questions]])
        seen: dict[str, int] = {}
        for n, form in enumerate(self.questions):
            if text := form.cleaned_data.get("text"):
                first = seen.setdefault(wording.key(text), n)
                if first != n:
                    form.add_error("text", f"Question {first + 1} asks the same; the answers could not be told apart.")
                    fine = False
        if len(self.questions) > MOST_QUESTIONS:
            self.head.add_error(None, f"These are {len(self.questions)} questions. A set has at most {MOST_QUESTIONS}.")
            fine = False
        return fine

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """What keeps it from being saved: (id of the field or "", what it is called, words)."""
        found = [("", "", str(words)) for words in self.head.non_field_errors()]
        found += [("id_name", "Name", str(words)) for words in self.head.errors.get("name", [])]
        for n, form in enumerate(self.questions, 1):
            for name, errors in form.errors.items():
                called = f"Question {n}" if name == "text" else f"Question {n}, {form[name].label.lower()}"
                found += [(form[name].auto_id, called, str(words)) for words in errors]
        return found

    @property
    def name(self) -> str:
        """The name, once it is valid."""
        return str(self.head.cleaned_data["name"])

    @property
    def version(self) -> int:
        """The version that the page was made from, once it is valid."""
        return int(self.head.cleaned_data["version"] or 0)

    @property
    def wanted(self) -> list[Wanted]:
        """The questions, once they are valid."""
        return [form.wanted for form in self.questions]


def _row(question: Question) -> Row:
    options = "\n".join(question.options)
    return {"id": str(question.pk), "text": question.text, "type": question.type, "options": options}


def _plain(value: Any) -> str:
    """A text as it was typed, in one form of its letters; a form refuses what is left of NUL."""
    return unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n")
