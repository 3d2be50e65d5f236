"""Section 7 of the API: phone numbers. They can be assigned, never released."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboard.talkstack import parse, paths, replies
from dashboard.talkstack.errors import NotFound, Refused

if TYPE_CHECKING:
    from dashboard.talkstack.client import Client

_E164 = ("e164", "phoneNumber", "phone_number", "number")
_LISTS = ("data", "numbers", "phoneNumbers", "phone_numbers", "result", "results", "items")
_OBJECTS = ("data", "phoneNumber", "number", "result")


@dataclass(frozen=True)
class Number:
    """A phone number in E.164; everything else may be ""."""

    e164: str
    id: str
    status: str
    project_id: str
    agent_id: str
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "Number":
        """Reads one number, also when it is a bare string."""
        found = {"e164": raw} if isinstance(raw, str) else parse.as_dict(raw)
        return cls(
            e164=_e164(parse.text_of(found, *_E164)),
            id=parse.id_of(found, "id", "phoneNumberId", "_id"),
            status=parse.text_of(found, "status"),
            project_id=parse.id_of(found, "projectId", "project_id") or parse.as_id(context.get("project_id")),
            agent_id=parse.id_of(found, "agentId", "agent_id") or parse.as_id(context.get("agent_id")),
            raw=raw,
        )


def _e164(text: str) -> str:
    text = "".join(char for char in text.strip() if char not in " ()-.\u00a0")
    return (
        f"+{text}" if text[:1] in tuple("123456789") and text.isascii() and text.isdigit() and len(text) > 9 else text
    )


class Numbers:
    """`client.numbers`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def by_project(self, project_id: str) -> list[Number]:
        """7.1: the numbers that Talkstack tells of a project; [] for none (404). It may tell only one of several.

        Where it refuses to be asked by project (400), its agents are asked one after the other: then a number without
        an agent stays unseen.
        """
        try:
            return self._ask({"projectId": project_id}, project_id=project_id)
        except Refused:
            try:
                agents = self._client.agents.list(project_id)
            except Refused:
                agents = None
            if agents is None:
                raise
        told = [self._ask({"agentId": agent.id}, project_id=project_id, agent_id=agent.id) for agent in agents]
        return [number for numbers in told for number in numbers]

    def by_agent(self, agent_id: str) -> list[Number]:
        """7.1: the numbers of an agent; [] for none (404)."""
        return self._ask({"agentId": agent_id}, agent_id=agent_id)

    def by_id(self, id: str) -> list[Number]:
        """7.1: the number with this id; [] when there is none."""
        return self._ask({"phoneNumberId": id})

    def assign(self, e164: str, agent_id: str, project_id: str) -> None:
        """7.2. Takes E.164. Raises Refused with Talkstack's words."""
        self._client.json(paths.ADD_NUMBER, body={"e164": e164, "agentId": agent_id, "projectId": project_id})

    def _ask(self, body: dict[str, str], **context: str) -> list[Number]:
        try:
            raw = self._client.json(paths.GET_NUMBERS, body=body)
        except NotFound:
            return []
        items = parse.find_list(raw, _LISTS)
        if items is None:
            one = parse.find_object(raw, _OBJECTS, ("e164",))
            if one is None or not (parse.text_of(one, *_E164) or parse.id_of(one, "id")):
                if isinstance(raw, dict) and any(key in raw and not raw[key] for key in _LISTS):
                    return []
                raise replies.broken(paths.GET_NUMBERS, seen="no number in the answer")
            items = [one]
        numbers = [Number.parse(item, **context) for item in items]
        return [number for number in numbers if number.e164 or number.id]
