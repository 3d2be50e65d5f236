"""Forms for passwords."""

from typing import Any

from django import forms

from . import pasted
from .forms_join import email_field, password_field
from .models import User, Way

_HERE = "At least 12 characters, and not one of the common ones. A few words in a row are good."
_EITHER = "12 characters or more. A few words in a row are good."
_TALKSTACK = "Talkstack decides which it takes. Long ones are hard to guess: 12 characters or more."


class ForgotForm(forms.Form):
    """Whose password it is."""

    email = email_field("username", autofocus=True)


class ResetForm(forms.Form):
    """A link from a mail, or the token in it, and the new password."""

    token = forms.CharField(
        label="The link, or the code in it",
        max_length=4000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    new_password = password_field("New password", "new-password", _EITHER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = bool(self["token"].value())
        self.fields["new_password" if known else "token"].widget.attrs["autofocus"] = True

    def clean_token(self) -> str:
        """The token out of whatever was pasted."""
        token = pasted.token_in(str(self.cleaned_data["token"]))
        if not token:
            raise forms.ValidationError("No code can be read out of this. Copy the whole link from the mail.")
        return token


class ChangePasswordForm(forms.Form):
    """The password somebody has, and the one they want."""

    old_password = password_field("The password you have now", "current-password")
    new_password = password_field("New password", "new-password")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password"].help_text = _HERE if user.way == Way.LOCAL else _TALKSTACK
        self.fields["old_password"].widget.attrs["autofocus"] = True
