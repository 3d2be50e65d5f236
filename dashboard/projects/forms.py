"""The forms of projects: name and description, and what confirms a deletion."""

from typing import Any

from django import forms

from dashboard.projects.impact import Impact
from dashboard.web.forms import NO_NUL


class ProjectForm(forms.Form):
    """Name and description. `loaded` is the digest of the state that the page showed."""

    name = forms.CharField(
        label="Name",
        max_length=300,
        error_messages={"required": "Give the project a name, such as the clinic or the campaign.", **NO_NUL},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=5000,
        help_text="What it is for, so that everybody in the team knows.",
        error_messages=NO_NUL,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean_description(self) -> str:
        """With LF as line end, whatever the browser sent."""
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")


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
