"""Section 6 of the API: voices."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboard.talkstack import parse, paths, replies
from dashboard.talkstack.errors import ContractBroken, NotFound, Refused

if TYPE_CHECKING:
    from dashboard.talkstack.client import Client

_IDS = ("voice_id", "voiceId", "id", "_id")
_OBJECTS = ("voice", "data", "result")
_MARKS = ("voice_id", "name", "labels", "preview_url")


@dataclass(frozen=True)
class Voice:
    """A voice; `labels` may be empty, `preview_url` may be ""."""

    id: str
    name: str
    labels: dict[str, str]
    preview_url: str
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "Voice":
        """Reads a bare voice or an enveloped one. Raises ContractBroken without an id."""
        found = parse.find_object(raw, _OBJECTS, _MARKS) or {}
        voice_id = parse.id_of(found, *_IDS) or parse.as_id(context.get("id"))
        if not voice_id:
            raise ContractBroken(detail="voice without id")
        labels = parse.as_dict(found.get("labels"))
        return cls(
            id=voice_id,
            name=parse.text_of(found, "name"),
            labels={key: text for key, value in labels.items() if (text := parse.as_text(value))},
            preview_url=parse.text_of(found, "preview_url", "previewUrl").strip(),
            raw=raw,
        )


class Voices:
    """`client.voices`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def list(self) -> "list[Voice]":
        """6.1, as Talkstack orders them."""
        items = parse.find_list(self._client.json(paths.LIST_VOICES), ("voices", "data", "result", "results", "items"))
        if items is None:
            raise replies.broken(paths.LIST_VOICES, seen="no list in the answer")
        return [Voice.parse(item) for item in items if parse.id_of(item, *_IDS)]

    def get(self, voice_id: str) -> Voice | None:
        """6.2. None when Talkstack does not know it (400 and 404 are not documented)."""
        try:
            raw = self._client.json(paths.GET_VOICE, voice_id)
        except NotFound:
            return None
        except Refused as error:
            if error.status == 400:
                return None
            raise
        if isinstance(raw, dict) and "voice" in raw and not raw["voice"]:
            return None
        found = parse.find_object(raw, _OBJECTS, _MARKS)
        if found is None or not (parse.id_of(found, *_IDS) or parse.text_of(found, "name")):
            raise replies.broken(paths.GET_VOICE, seen="no voice in the answer")
        return Voice.parse(found, id=voice_id)
