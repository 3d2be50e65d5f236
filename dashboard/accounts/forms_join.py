"""Forms for a new Talkstack account."""

from typing import Any

from django import forms


def email_field(autocomplete: str = "email", **attrs: Any) -> forms.EmailField:
    """An e-mail address; what the browser offers for it depends on the page."""
    widget = forms.EmailInput(attrs={"autocomplete": autocomplete, "spellcheck": "false", **attrs})
    return forms.EmailField(label="E-mail address", max_length=254, widget=widget)


def password_field(label: str, autocomplete: str, help_text: str = "") -> forms.CharField:
    """A password: taken as it is, spaces and all, and never put into a page again."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=1000, widget=widget, help_text=help_text)


class SignUpForm(forms.Form):
    """Name, e-mail address and password of a new account."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}))
    email = email_field("username")
    password = password_field(
        "Password",
        "new-password",
        "Talkstack decides which it takes. Long ones are hard to guess: 12 characters or more.",
    )


class VerifyForm(forms.Form):
    """The code from the mail."""

    email = email_field("username")
    code = forms.CharField(
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false", "class": "num"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = bool(self["email"].value())
        self.fields["code" if known else "email"].widget.attrs["autofocus"] = True

    def clean_code(self) -> str:
        """The code without the spaces that mail programs and people put into it."""
        return "".join(str(self.cleaned_data["code"]).split())


class ResendForm(VerifyForm):
    """The same form, of which only the address is needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
