"""The forms of the settings: the workspace's name, who must use a second factor, a key's one go, a pasted key."""

from django import forms

from dashboard.accounts import keys
from dashboard.accounts.models import FactorFor
from dashboard.web.forms import NO_NUL

NOBODY = "nobody"
_SHORTEST, _LONGEST = 16, 200


class NameForm(forms.Form):
    """What the workspace is called."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        error_messages={"required": "Give the workspace a name, such as that of your company or team.", **NO_NUL},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def clean_name(self) -> str:
        """In one line."""
        typed: str = self.cleaned_data["name"]
        if any(not letter.isprintable() for letter in typed):
            raise forms.ValidationError("There is an invisible character in the name. Type it anew.")
        return " ".join(typed.split())


class FactorForm(forms.Form):
    """Who must use a second factor. Nobody is a word here, so that a form without the field chooses nothing."""

    second_factor = forms.ChoiceField(
        label="Who must use a second factor",
        choices=[(value or NOBODY, label) for value, label in FactorFor.choices],
        error_messages={"required": "Choose who must use one."},
        widget=forms.RadioSelect,
    )

    def clean_second_factor(self) -> str:
        """As it is kept."""
        chosen: str = self.cleaned_data["second_factor"]
        return "" if chosen == NOBODY else chosen


class KeyForm(forms.Form):
    """The one go that a page has to ask for a key."""

    key_version = forms.IntegerField(min_value=0, max_value=2**31 - 2, widget=forms.HiddenInput)


class PasteForm(forms.Form):
    """A key that somebody has already. What is typed never comes back into a page."""

    api_key = forms.CharField(
        label="API key",
        help_text="64 letters and digits, as Talkstack showed it when it was generated.",
        error_messages={"required": "Paste the key here.", **NO_NUL},
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "code"}),
    )

    def clean_api_key(self) -> str:
        """Without the spaces around it; says in words what cannot be a key."""
        typed: str = self.cleaned_data["api_key"]
        if not keys.fits(typed):
            raise forms.ValidationError("There is a space or a character in it that no key has. Copy it anew.")
        if len(typed) < _SHORTEST:
            raise forms.ValidationError("This is too short for a key. Copy the whole of it.")
        if len(typed) > _LONGEST:
            raise forms.ValidationError("This is too long for a key. Copy the key alone.")
        return typed
