"""Forms of a person's own pages."""

import unicodedata
from functools import lru_cache
from zoneinfo import available_timezones

from django import forms

from .models import User

_TAKEN = ("the dashboard", "somebody")


@lru_cache
def zones() -> frozenset[str]:
    """The names of the time zones that this machine knows."""
    return frozenset(available_timezones())


class SignInForm(forms.Form):
    """E-mail address and password; the browser adds its time zone."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        strip=False, max_length=1000, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    tz = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": True}))
    next = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def clean_tz(self) -> str:
        """The zone, or "" when the browser's word is not one we know."""
        zone = str(self.cleaned_data["tz"])
        return zone if zone in zones() else ""


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """What people may change about themselves."""

    time_zone = forms.ChoiceField(
        required=False, label="Time zone", help_text="Times on all pages are shown in this zone."
    )

    class Meta:
        model = User
        fields = ["name", "time_zone"]

    def clean_name(self) -> str:
        """A name of letters that show, which is nobody else's: the record of who did what is read by it."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if not name.isprintable() or any(unicodedata.category(letter) == "Cf" for letter in name):
            raise forms.ValidationError("There is a character in this that does not show. Type the name anew.")
        if name.casefold() in _TAKEN:
            raise forms.ValidationError("This name is used by the dashboard itself.")
        return name

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        named = sorted(zone for zone in zones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", "The one of the browser"), ("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named)
        ]  # fmt: skip
