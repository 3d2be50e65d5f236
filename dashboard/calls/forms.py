"""The form of one call: a number, a field for every variable of the prompt, and the guards' questions when there are any."""

import uuid
from typing import Any

from django import forms

from dashboard.talkstack import prompt
from dashboard.web import phone

LONGEST_VALUE = 2000


class CallForm(forms.Form):
    """`number` and `var_<name>` per variable. `request_key` makes pressing twice one call."""

    request_key = forms.CharField(widget=forms.HiddenInput, max_length=100, required=False)
    agent_id = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)
    again_of = forms.UUIDField(widget=forms.HiddenInput, required=False)
    number = forms.CharField(
        label="Number to call",
        max_length=60,
        help_text="With the country, such as +1 206 555 0118.",
        error_messages={"required": "Type the number to call."},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "autofocus": True}),
    )

    def __init__(self, *args: Any, variables: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.variables = variables
        self.warning = ""
        for name in variables:
            self.fields[f"var_{name}"] = forms.CharField(
                label=name,
                max_length=LONGEST_VALUE,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"var_{name}"].mark_optional = False  # type: ignore[attr-defined]  # an empty one is asked about

    def clean_number(self) -> str:
        """The number as E.164; phonenumbers only warns."""
        try:
            parsed = phone.parse(self.cleaned_data["number"])
        except phone.PhoneError as error:
            raise forms.ValidationError(str(error)) from None
        self.warning = parsed.warning
        return parsed.e164

    def clean(self) -> dict[str, Any]:
        """A variable without a value is asked about: the agent would say nothing there."""
        cleaned = super().clean() or self.cleaned_data
        if self.data.get("confirm_empty"):
            return cleaned
        for name in self.variables:
            field = f"var_{name}"
            if field not in self.errors and not cleaned.get(field, "").strip():
                self.add_error(
                    field, f"The prompt says {{{{{name}}}}} here. Give a value, or confirm below that it stays empty."
                )
                self.ask("confirm_empty", "Call with empty values; the agent has nothing to say there.")
        return cleaned

    def ask(self, name: str, sentence: str) -> None:
        """Add a question that must be ticked before the call is made."""
        self.fields[name] = forms.BooleanField(label=sentence, required=False)

    def values(self) -> dict[str, str]:
        """The variables as Talkstack takes them: literally what was typed."""
        return {name: self.data.get(f"var_{name}", "") for name in self.variables}

    def initial_number(self) -> str:
        """The number an unbound form starts with, as E.164; "" when there is none that can be called."""
        try:
            return phone.parse(str(self.initial.get("number", ""))).e164
        except phone.PhoneError:
            return ""

    def initial_values(self) -> dict[str, str]:
        """The variables an unbound form starts with."""
        return {name: str(self.initial.get(f"var_{name}", "")) for name in self.variables}

    def confirmed(self) -> set[str]:
        """The guards' questions that were ticked."""
        return {name for name in ("confirm_hours", "confirm_recent", "confirm_again") if self.data.get(name)}


def new_key() -> str:
    """A key for one wish to call or to ask: a form that is sent twice is one."""
    return uuid.uuid4().hex


def flagged(values: dict[str, str]) -> list[str]:
    """Names of variables whose value itself contains braces: it is sent as typed and never filled in again."""
    return [name for name, value in values.items() if prompt.variables(value)]
