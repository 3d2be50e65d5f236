"""Forms for the second factor."""

from django import forms


def _code(help_text: str, **attrs: str) -> forms.CharField:
    """A code that is typed once."""
    given = {"autocomplete": "one-time-code", "spellcheck": "false", "autofocus": True, "class": "num", **attrs}
    return forms.CharField(max_length=40, widget=forms.TextInput(attrs=given), help_text=help_text)


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = _code("Six digits from your authenticator app, or one of your recovery codes.", autocapitalize="off")


class FirstCodeForm(forms.Form):
    """The first code of a new app: a recovery code does not exist yet."""

    code = _code("The six digits that the app shows now.", inputmode="numeric")
