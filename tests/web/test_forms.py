"""A field with its label, help and errors; what Talkstack refused at the right place."""

import pytest
from django import forms
from django.template.loader import render_to_string

from dashboard.talkstack.errors import OutcomeUnknown, Refused
from dashboard.web.forms import add_upstream


class Sample(forms.Form):
    name = forms.CharField(help_text="What people call it.")
    note = forms.CharField(required=False)
    voice = forms.ChoiceField(choices=[("a", "Aria")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Do it", required=False)
    system_instruction = forms.CharField(required=False)


def bound(**data):
    return Sample({"name": "x", "voice": "a", **data})


def test_a_field_is_labelled_and_explained():
    shown = Sample()["name"].as_field_group()
    assert '<label for="id_name">Name</label>' in shown
    assert 'aria-describedby="id_name_helptext"' in shown and 'id="id_name_helptext"' in shown
    assert "optional" not in shown and "optional" in Sample()["note"].as_field_group()


def test_an_error_is_tied_to_its_field():
    shown = bound(name="")["name"].as_field_group()
    assert 'aria-invalid="true"' in shown and 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert 'id="id_name_error"' in shown and "This field is required." in shown


def test_radio_buttons_are_a_group_and_a_tick_has_its_words_behind_it():
    group = bound(voice="")["voice"].as_field_group()
    assert "<fieldset" in group and "<legend" in group and "id_voice_error" in group
    assert Sample()["sure"].as_field_group().index("<input") < Sample()["sure"].as_field_group().index("Do it")


def test_the_summary_leads_to_each_field():
    form = bound(name="", voice="")
    form.add_error(None, "No credit <left>.")
    shown = render_to_string("ui/form_errors.html", {"form": form})
    assert 'role="alert"' in shown and 'href="#id_name"' in shown and "No credit &lt;left&gt;." in shown
    assert 'id="id_voice"' in form["voice"].as_field_group() and 'href="#id_voice' in shown
    assert render_to_string("ui/form_errors.html", {"form": bound()}).strip() == ""


def test_the_whole_form_is_rendered_with_its_summary():
    assert "alert" not in str(Sample()) and str(bound(name="")).count('role="alert"') == 1


@pytest.mark.parametrize(
    ("error", "field", "words"),
    [
        (Refused(fields={"name": "taken"}), "name", "taken"),
        (Refused(fields={"systemInstruction": "too long"}), "system_instruction", "too long"),
        (Refused(fields={"quota": "used up"}), "__all__", "quota: used up"),
        (Refused(message="no credit"), "__all__", "Talkstack refused this: no credit"),
        (Refused(), "__all__", "Talkstack refused this. Nothing was changed."),
        (OutcomeUnknown(), "__all__", "may or may not have happened"),
    ],
)
def test_upstream_words_go_where_they_belong(error, field, words):
    form = bound()
    assert form.is_valid()
    add_upstream(form, error, {"systemInstruction": "system_instruction"})
    assert any(words in found for found in form.errors[field])
