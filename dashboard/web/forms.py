"""Forms look the same everywhere: one template for a field, one for a form, and one way to show what Talkstack refused."""

from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm
from django.forms.renderers import TemplatesSetting

NO_NUL = {"null_characters_not_allowed": "There is an invisible NUL character in here. Type it anew."}
INCOMPLETE = "This form was not complete, so nothing was sent. Please press the button once more."


class Renderer(TemplatesSetting):
    """Renders forms and fields through templates/ui/."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"


def put_value(form: BaseForm, name: str, value: str) -> None:
    """Give a bound form another value for one field, usually a hidden one that said what the page was made from."""
    data = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
    data[name] = value
    form.data = data


def add_upstream(form: BaseForm, error: Any, names: Mapping[str, str] | None = None) -> None:
    """Put what Talkstack refused where it belongs: at a field when it names one, else on top of the form.

    Takes a `talkstack.errors.Refused` (any TalkstackError will do) and how its field names are called in the form.
    """
    names = names or {}
    placed = False
    for theirs, words in getattr(error, "fields", {}).items():
        ours = names.get(theirs, theirs)
        form.add_error(ours if ours in form.fields else None, words if ours in form.fields else f"{theirs}: {words}")
        placed = True
    message = getattr(error, "message", "")
    if message and not placed:
        form.add_error(None, f"Talkstack refused this: {message}")
    elif not placed:
        form.add_error(None, error.sentence)
