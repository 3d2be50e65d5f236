"""The forms about personal data: how long things are kept, and which number is to be forgotten."""

from typing import Any

from django import forms

from dashboard.web import phone

FOR_EVER, WITH_CALL = "for ever", "as long as the call"
_YEARS, _DAYS, _SHORT = (365, 730, 1095, 2555), (30, 90, 180, 365, 730), (7, 30, 90, 365)
Kept = dict[str, int | None]


def words(name: str, days: int | None) -> str:
    """How long that is: "90 days", "for ever", and of the activity "1 year"."""
    if days is None:
        return WITH_CALL if name == "keep_variables_days" else FOR_EVER
    if name == "keep_entries_days" and days % 365 == 0:
        return "1 year" if days == 365 else f"{days // 365} years"
    return "1 day" if days == 1 else f"{days} days"


class KeepingForm(forms.Form):
    """Three times, named like the columns of the workspace; "" keeps. `loaded` and `shown` say what the page spoke of."""

    keep_entries_days = forms.ChoiceField(
        label="Activity",
        required=False,
        help_text="Who did what, when, and what came of it. Never less than a year, so that nobody can erase their traces.",
    )
    keep_calls_days = forms.ChoiceField(
        label="Calls",
        required=False,
        help_text="The number, the agent, how it went. Open calls, and those of which nobody knows whether they rang, stay.",
    )
    keep_variables_days = forms.ChoiceField(
        label="Variables and collected data",
        required=False,
        help_text="What the agent was told about the person, and what it found out. They can go before the call does.",
    )
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kept: Kept, **kwargs: Any) -> None:
        """`kept` is how it is now; a time that is no usual choice is offered too."""
        super().__init__(*args, **kwargs)
        usual = {"keep_entries_days": _YEARS, "keep_calls_days": _DAYS, "keep_variables_days": _SHORT}
        for name, days in usual.items():
            now = kept[name]
            offered = sorted({*days, *([now] if now is not None else [])})
            choices = [("", words(name, None)), *((str(each), words(name, each)) for each in offered)]
            field = self.fields[name]
            field.choices = [(value, label[:1].upper() + label[1:]) for value, label in choices]  # type: ignore[attr-defined]
            field.mark_optional = False  # type: ignore[attr-defined]  # the empty choice is an answer
            self.initial.setdefault(name, "" if now is None else str(now))

    def kept(self) -> Kept:
        """What was chosen, in days."""
        names = ("keep_entries_days", "keep_calls_days", "keep_variables_days")
        return {name: int(self.cleaned_data[name]) if self.cleaned_data[name] else None for name in names}


class NumberForm(forms.Form):
    """Whose number it is."""

    number = forms.CharField(
        label="Number",
        max_length=60,
        help_text="With the country, such as +1 206 555 0118.",
        error_messages={"required": "Type the number that is to be forgotten."},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_number(self) -> str:
        """The number as E.164."""
        try:
            return phone.parse(self.cleaned_data["number"]).e164
        except phone.PhoneError as error:
            raise forms.ValidationError(str(error)) from None


class ForgetForm(NumberForm):
    """The same with what confirms it; `shown` is the digest of what the page showed."""

    last_four = forms.CharField(label="Last four digits", required=False, max_length=40)
    shown = forms.CharField(required=False, max_length=64)

    def clean_last_four(self) -> str:
        """The last four digits of the number."""
        typed = "".join(letter for letter in self.cleaned_data["last_four"] if not letter.isspace())
        number = self.cleaned_data.get("number", "")
        if number and typed != number[-4:]:
            raise forms.ValidationError(
                "These are not its last four digits." if typed else "Type its last four digits to confirm."
            )
        return typed
