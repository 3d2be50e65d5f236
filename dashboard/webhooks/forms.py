"""Where a project's events go: three choices, and the address that two of them need."""

from typing import Any

from django import forms

from dashboard.talkstack import posting
from dashboard.web.forms import NO_NUL
from dashboard.webhooks import addresses

OURS, THEIRS, BOTH = "ours", "theirs", "both"
CHOICES = (
    (OURS, "This dashboard"),
    (BOTH, "This dashboard, and another system"),
    (THEIRS, "Another system alone"),
)
ABOUT = {
    OURS: "Calls are up to date within a second or two. Every event is in the log.",
    BOTH: "The same, and each event is passed on as it came.",
    THEIRS: "Talkstack tells the other system directly. This dashboard asks for calls by itself, every few seconds.",
}


class WebhookForm(forms.Form):
    """The choice and the other system's address. Talkstack itself stores any text, so it is checked here.

    Without a choice the address is the other system's alone. `loaded` is the digest of what the page showed.
    """

    choice = forms.ChoiceField(choices=CHOICES, required=False, widget=forms.RadioSelect, label="Who is told")
    webhook_url = forms.CharField(
        label="Address of the other system",
        max_length=posting.LONGEST,
        required=False,
        help_text="A complete web address that accepts POST requests, such as https://crm.example.com/talkstack.",
        error_messages=NO_NUL,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, practice: bool, **kwargs: Any) -> None:
        """`practice`: plain http will do, as nothing of it is real."""
        super().__init__(*args, **kwargs)
        self.practice = practice
        self.fields["webhook_url"].mark_optional = False  # type: ignore[attr-defined]  # read by ui/field.html

    def clean_choice(self) -> str:
        """Which of the three; "This dashboard" only where Talkstack can reach it."""
        choice = self.cleaned_data["choice"] or THEIRS
        if choice != THEIRS and (why := addresses.unreachable(self.practice)):
            raise forms.ValidationError(f"Talkstack cannot reach this dashboard. {why}")
        return str(choice)

    def clean_webhook_url(self) -> str:
        """The address as it was typed; says in words what is wrong with it."""
        url: str = self.cleaned_data["webhook_url"]
        choice = self.cleaned_data.get("choice")
        if choice is None:  # refused itself: one thing after the other
            return url
        if choice == OURS:
            return ""
        if not url:
            raise forms.ValidationError("Type the address. An address can be replaced, but not removed.")
        if addresses.is_ours(url) or addresses.leads_here(url):
            raise forms.ValidationError(
                "This is an address of this dashboard. Type the other system's, or choose “This dashboard”."
            )
        if words := _problem(url, choice, self.practice):
            raise forms.ValidationError(words)
        return url


def _problem(url: str, choice: str, practice: bool) -> str:
    """What is wrong with the address. What we post to is looked up; what Talkstack posts to may be http in practice."""
    if choice == BOTH:
        return posting.problem(url, local=practice)
    words = posting.problem(url, local=True, look_up=False)
    return "" if practice and words.startswith("Use https") else words
