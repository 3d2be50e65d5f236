"""Forms for the second factor."""

from django import forms


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "off",
                "spellcheck": "false",
                "autofocus": True,
                "class": "num",
            }
        ),
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
    )


class FirstCodeForm(CodeForm):
    """The first code of a new app: a recovery code does not exist yet."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "autofocus": True,
                "class": "num",
            }
        ),
        help_text="The six digits that the app shows now.",
    )
