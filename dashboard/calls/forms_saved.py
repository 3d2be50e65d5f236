"""The forms of saved views."""

from django import forms

from dashboard.calls.saved import LONGEST_NAME, LONGEST_QUERY
from dashboard.web.forms import NO_NUL

MINE, TEAM = "mine", "team"
_WORDS = {
    "required": "Give the view a name, such as “Voicemails of this week”.",
    "max_length": f"At most {LONGEST_NAME} letters.",
    **NO_NUL,
}


class NameForm(forms.Form):
    """What a view is called."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        error_messages=_WORDS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def clean_name(self) -> str:
        """In one line, without doubled blanks and what cannot be seen."""
        name = "".join(letter if letter.isprintable() else " " for letter in self.cleaned_data["name"])
        name = " ".join(name.split())
        if not name:
            raise forms.ValidationError(_WORDS["required"])
        return name


class SaveForm(NameForm):
    """A name, for whom, and the list: its filters as they stand in the address, and its project."""

    whose = forms.ChoiceField(
        label="Who sees it",
        choices=[(MINE, "Only me"), (TEAM, "The whole team")],
        initial=MINE,
        error_messages={"required": "Say who sees it.", "invalid_choice": "Say who sees it."},
        widget=forms.RadioSelect,
    )
    query = forms.CharField(required=False, max_length=4 * LONGEST_QUERY, widget=forms.HiddenInput)
    project_id = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
