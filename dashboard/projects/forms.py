"""The forms of projects: name and description, where updates go, and what confirms a deletion."""

from typing import Any
from urllib.parse import urlsplit

from django import forms

from dashboard.projects.impact import Impact

_NUL = {"null_characters_not_allowed": "There is an invisible NUL character in here. Type it anew."}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProjectForm(forms.Form):
    """Name and description. `loaded` is the digest of the state that the page showed."""

    name = forms.CharField(
        label="Name",
        max_length=300,
        error_messages={"required": "Give the project a name, such as the clinic or the campaign.", **_NUL},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=5000,
        help_text="What it is for, so that everybody in the team knows.",
        error_messages=_NUL,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean_description(self) -> str:
        """With LF as line end, whatever the browser sent."""
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")


class WebhookForm(forms.Form):
    """Where Talkstack sends the updates of a project's calls. Talkstack itself stores any text, so it is checked here."""

    webhook_url = forms.CharField(
        label="Address that gets the updates",
        max_length=2000,
        help_text="A complete web address that accepts POST requests, such as https://crm.example.com/talkstack.",
        error_messages={"required": "Type the address. An address can be replaced, but not removed.", **_NUL},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, practice: bool, **kwargs: Any) -> None:
        """`practice`: plain http will do, as nothing of it is real."""
        super().__init__(*args, **kwargs)
        self.practice = practice

    def clean_webhook_url(self) -> str:
        """The address as it was typed; says in words what is wrong with it."""
        url: str = self.cleaned_data["webhook_url"]
        if any(letter.isspace() or not letter.isprintable() for letter in url):
            raise forms.ValidationError("There is a space or an invisible character in the address.")
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname or "", parts.port
        except ValueError:
            raise forms.ValidationError("This is not a web address: its host or port cannot be read.") from None
        if parts.scheme not in ("http", "https") or not host:
            raise forms.ValidationError("Start with https:// and the name of the server.")
        if parts.username is not None or parts.password is not None:
            raise forms.ValidationError("Leave out the name and password before the @: everybody here could read them.")
        if parts.scheme == "http" and not self.practice and host not in _LOOPBACK:
            raise forms.ValidationError("Use https://: updates hold phone numbers and what was said.")
        return url


class DeleteForm(forms.Form):
    """What is asked before a project goes: nothing more without dependents, else the tick and the name."""

    cascade = forms.BooleanField(required=False)
    confirm_name = forms.CharField(required=False, max_length=1000)

    def __init__(self, *args: Any, impact: Impact, **kwargs: Any) -> None:
        """`impact` is what was read just now."""
        super().__init__(*args, **kwargs)
        self.impact = impact

    def clean_cascade(self) -> bool:
        """Ticked, when something hangs on the project."""
        ticked = bool(self.cleaned_data["cascade"])
        if self.impact.has_dependents and not ticked:
            raise forms.ValidationError(
                f"Nothing was deleted: Talkstack deletes no project before {self.impact.the_dependents} are removed."
            )
        return ticked and self.impact.has_dependents

    def clean_confirm_name(self) -> str:
        """The whole name, when something hangs on the project; blanks between words do not count."""
        typed = " ".join(str(self.cleaned_data["confirm_name"]).split())
        if self.impact.has_dependents and typed != self.impact.to_type:
            raise forms.ValidationError("That is not the whole name yet." if typed else "Type the name to confirm.")
        return typed
