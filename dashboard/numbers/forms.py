"""The form that gives a number to an agent."""

from typing import Any

from django import forms

from dashboard.talkstack import Agent
from dashboard.web import phone


class AssignForm(forms.Form):
    """`e164` as people write numbers, `agent_id` one of the project's agents; `losing` is what the confirmation spoke of."""

    e164 = forms.CharField(
        label="Number",
        max_length=60,
        help_text="With the country, such as +1 415 555 0132. It must be bought from or verified at Twilio, in the "
        "Twilio account that Talkstack uses for you.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "list": "numbers-known"}),
        error_messages={"required": "Type a number, or choose one of the project's."},
    )
    agent_id = forms.ChoiceField(
        label="Agent",
        help_text="Who answers when somebody calls this number, and whose calls come from it.",
        error_messages={
            "required": "Choose the agent that gets the number.",
            "invalid_choice": "This agent is not in the project any more. Choose another one.",
        },
    )
    losing = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args: Any, agents: list[tuple[Agent, str]], **kwargs: Any) -> None:
        """`agents` come with what to say about the number they have, "" for none."""
        super().__init__(*args, **kwargs)
        labels = [(agent.id, f"{agent.name or 'Agent without a name'}{has}") for agent, has in agents]
        self.fields["agent_id"].choices = [("", "Choose an agent"), *labels]  # type: ignore[attr-defined]
        self.warning = ""

    def clean_e164(self) -> str:
        """The number in E.164; a number that only looks odd is taken, with a warning."""
        try:
            parsed = phone.parse(self.cleaned_data["e164"])
        except phone.PhoneError as error:
            raise forms.ValidationError(str(error)) from None
        self.warning = parsed.warning
        return parsed.e164

    def ask_move(self, sentence: str, losing: str) -> None:
        """Add the question that must be ticked before a number is taken from where it rings now."""
        self.data = {name: self.data.get(name) for name in self.data if name != "confirm_move"} | {"losing": losing}
        self.fields["confirm_move"] = forms.BooleanField(label=sentence, required=False)

    def confirmed(self, losing: str) -> bool:
        """Whether the move was confirmed, and the confirmation spoke of what the number rings at this moment."""
        return bool(self.data.get("confirm_move")) and self.data.get("losing", losing) == losing
