"""Voices as people choose them: the catalogue, and the agent's own voice even when the catalogue does not know it."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.accounts import sound
from dashboard.accounts.models import Workspace
from dashboard.talkstack import Voice
from dashboard.web.links import link

LABELS = ("accent", "description", "age", "gender", "use_case")


@dataclass(frozen=True)
class Choice:
    """One voice to choose. `listen` is the address of its preview, "" when there is none; `note` says what is odd."""

    id: str
    name: str
    labels: str = ""
    listen: str = ""
    note: str = ""


def choices(voices: list[Voice] | None, current: str, workspace: Workspace, *, is_new: bool) -> list[Choice]:
    """What the editor offers; `voices` is None when they could not be read. The current voice is always among them."""
    known = voices or []
    offered = [choice(voice, workspace) for voice in known]
    if current and current not in {voice.id for voice in known}:
        note = "not in the catalogue" if voices is not None else "kept; the other voices could not be read"
        offered.insert(0, Choice(current, "The voice it has now", note=f"{note} · {current[:60]}"))
    elif not current:
        words = (
            ("Talkstack's own choice", "when any voice will do")
            if is_new
            else ("As it is", "Talkstack does not say which")
        )
        offered.insert(0, Choice("", words[0], note=words[1]))
    return offered


def choice(voice: Voice, workspace: Workspace) -> Choice:
    """A voice of the catalogue; without a preview when there is none, or none that we fetch."""
    heard = voice.preview_url and sound.allowed(voice.preview_url, workspace)
    listen = link("voices:preview", workspace.slug, voice.id) if heard else ""
    return Choice(voice.id, voice.name or voice.id, labelled(voice), listen, "" if listen else "no preview to play")


def labelled(voice: Voice) -> str:
    """Its labels in a line, "American, expressive, middle-aged"; unknown ones behind the usual ones."""
    extra = [name for name in voice.labels if name not in LABELS]
    values = [voice.labels[name] for name in (*LABELS, *extra) if name in voice.labels]
    return ", ".join(" ".join(value.split()) for value in values)[:200]


def named(voices: Iterable[Voice] | None, voice_id: str) -> str:
    """The name of a voice; its id when the catalogue does not have it; "" when there is no id."""
    return next((voice.name or voice.id for voice in voices or [] if voice.id == voice_id), voice_id)
