"""The forms of the team: inviting, another role, handing over, and the account that an invitation makes."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from dashboard.accounts.forms import zones
from dashboard.accounts.forms_join import email_field, password_field
from dashboard.accounts.models import Membership, User, tidy_email
from dashboard.accounts.roles import Role
from dashboard.web.forms import NO_NUL

NOT_YOURS = {"invalid_choice": "This is not a role that you may give."}


class InviteForm(forms.Form):
    """Whom, and as what. `confirm_replace` is asked for when there is an open invitation for the address."""

    email = email_field("off", autofocus=True)
    role = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what they may do.", **NOT_YOURS},
    )
    confirm_replace = forms.BooleanField(required=False, label="Make a new one; the link of the old one stops working")

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        """`roles` are those that whoever invites may give."""
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """The address as people are known by it."""
        return tidy_email(self.cleaned_data["email"])


class RoleForm(forms.Form):
    """Another role for a member. `was` is the one that the page showed."""

    role = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role.", **NOT_YOURS},
    )
    was = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        """`roles` are those that may be given to this person."""
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]


class HandOverForm(forms.Form):
    """Who is to be the owner."""

    member = forms.TypedChoiceField(
        label="New owner",
        coerce=int,
        error_messages={"required": "Choose somebody.", "invalid_choice": "Choose somebody who belongs to this team."},
    )

    sure = forms.BooleanField(
        label="I cannot take this back by myself: only the new owner can make me one again.",
        error_messages={"required": "Tick this to go on. Nothing was changed."},
    )

    def __init__(self, *args: Any, members: Iterable[Membership], **kwargs: Any) -> None:
        """`members` are those who may be chosen, with their users."""
        super().__init__(*args, **kwargs)
        people = [(each.pk, f"{_name(each.user)}, {each.get_role_display().lower()}") for each in members]
        self.fields["member"].choices = [("", "Choose somebody"), *people]  # type: ignore[attr-defined]


class AccountForm(forms.Form):
    """The account that an invitation makes: the address is the invitation's, whatever is sent."""

    name = forms.CharField(
        label="Your name",
        max_length=200,
        help_text="As your team knows you.",
        error_messages={"required": "Type your name, so that the others know who you are.", **NO_NUL},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = password_field(
        "A new password",
        "new-password",
        "At least 12 characters, and not one of the common ones. A few words in a row are good.",
    )
    tz = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": True}))

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        """`email` is the invited address."""
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_tz(self) -> str:
        """The zone, or "" when the browser's word is not one we know."""
        zone = str(self.cleaned_data["tz"])
        return zone if zone in zones() else ""

    def clean(self) -> dict[str, Any]:
        """The password is held against the name and the address too."""
        told: dict[str, Any] = self.cleaned_data
        if password := told.get("password"):
            try:
                validate_password(password, User(email=self.email, name=told.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return told


def _name(user: User) -> str:
    return f"{user.name} ({user.email})" if user.name else user.email
