"""The editor's form. It keeps every character of a prompt; what Talkstack cannot store is said in words."""

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

from dashboard.agents import newlines
from dashboard.agents.actions import Wish
from dashboard.talkstack import Agent
from dashboard.web import phone

LARGEST_PROMPT = 1_500_000  # bytes of UTF-8: its JSON, with everything escaped, still fits the cap on answers


class PromptField(forms.CharField):
    """Text that comes out as it went in: nothing is stripped, and a NUL is explained."""

    widget = forms.Textarea(attrs={"rows": 24, "data-prompt": True, "autocomplete": "off", "dir": "auto"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)
        self.validators = [one for one in self.validators if not isinstance(one, ProhibitNullCharactersValidator)]

    def to_python(self, value: Any) -> str:
        """LF as line end, whatever the browser sent."""
        return newlines.received(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        """Not empty, no NUL, and not larger than what can be read back."""
        super().validate(value)
        if not value.strip():
            raise forms.ValidationError(
                "Write what the agent is to do. A prompt of spaces alone is refused by Talkstack."
            )
        if "\x00" in value:
            line = value.count("\n", 0, value.index("\x00")) + 1
            raise forms.ValidationError(
                f"There is an invisible NUL character in line {line}; Talkstack cannot store it. Delete it, or write that"
                " line anew."
            )
        if len(value.encode("utf-8", "replace")) > LARGEST_PROMPT:
            raise forms.ValidationError("This prompt is larger than 1.5 MB; it could not be read back from Talkstack.")


class AgentForm(forms.Form):
    """Name, prompt and voice of an agent. `loaded` is the digest of the state that the page showed."""

    name = forms.CharField(
        label="Name",
        max_length=300,
        error_messages={
            "required": "Give the agent a name, such as what it does.",
            "null_characters_not_allowed": "There is an invisible NUL character in the name. Type the name anew.",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    system_instruction = PromptField(
        label="Prompt",
        help_text="What the agent is told before every call. {{name}} stands for a value that each call brings.",
        error_messages={"required": "Write what the agent is to do."},
    )
    voice_id = forms.CharField(label="Voice", required=False, max_length=500)  # drawn as cards by agents/_voices.html
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, voice_ids: set[str] | None = None, current: Agent | None = None, **kwargs: Any
    ) -> None:
        """Takes the ids of the catalogue (None: could not be read) and the agent as it is now (None: a new one)."""
        super().__init__(*args, **kwargs)
        self.voice_ids, self.current = voice_ids, current

    def clean_voice_id(self) -> str:
        """A voice of the catalogue, or the one it has. Without a catalogue what was chosen earlier is taken as it is."""
        voice_id: str = self.cleaned_data["voice_id"]
        mine = self.current.voice_id if self.current else ""
        if voice_id and self.voice_ids is not None and voice_id not in self.voice_ids and voice_id != mine:
            raise forms.ValidationError("This voice is not in the catalogue any more. Choose another one.")
        return voice_id or mine

    def wish(self) -> Wish:
        """What to send: words that were not touched keep the line ends they are stored with."""
        data, now = self.cleaned_data, self.current
        prompt = newlines.untouched_or(data["system_instruction"], now.prompt) if now else data["system_instruction"]
        name = now.name if now and now.name.strip() == data["name"] else data["name"]
        return Wish(name, prompt, data["voice_id"], data.get("phone_number", ""))

    def now_knows(self, loaded: str) -> None:
        """Let the form carry the digest of a newer state: sending it again is sending it knowingly."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["loaded"] = loaded
        self.data = data

    def typed_prompt(self) -> str:
        """The prompt in the editor at this moment, typed or loaded."""
        return newlines.received(str(self["system_instruction"].value() or ""))


class NewAgentForm(AgentForm):
    """The same with the number that the agent is to call from, which Talkstack takes only now."""

    phone_number = forms.CharField(
        label="Number it calls from",
        required=False,
        max_length=60,
        help_text="With the country, such as +1 415 555 0150. You can also assign one later.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone_number(self) -> str:
        """The number as E.164; "" for none."""
        typed = self.cleaned_data["phone_number"].strip()
        if not typed:
            return ""
        try:
            return phone.parse(typed).e164
        except phone.PhoneError as error:
            raise forms.ValidationError(str(error)) from None
