"""Section 4 of the API: agents. The prompt of an agent is its `systemInstruction`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboard.talkstack import parse, paths, replies
from dashboard.talkstack.errors import ContractBroken, NotFound

if TYPE_CHECKING:
    from dashboard.talkstack.client import Client

LIST_CAP = 32_000_000  # bytes: a few dozen prompts of 1 MB are legitimate
_IDS = ("id", "agentId", "_id", "agent_id")
_OBJECTS = ("data", "agent", "agentData", "result")
_MARKS = ("name", "systemInstruction", "system_instruction", "prompt")
_LISTS = ("data", "agents", "agentData", "agentsData", "result", "results", "items", "rows", "docs")


@dataclass(frozen=True)
class Agent:
    """An agent; everything but `id` may be "" (of a fresh one `id` too, if Talkstack did not say)."""

    id: str
    name: str
    project_id: str
    prompt: str
    voice_id: str
    phone_number: str
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "Agent":
        """Reads a bare agent or an enveloped one; `context` fills what the answer leaves out.

        Raises ContractBroken when there is no id, unless the context has an `id`, "" included.
        """
        found = parse.find_object(raw, _OBJECTS, _MARKS) or {}
        agent_id = parse.id_of(found, *_IDS) or parse.as_id(context.get("id"))
        if not agent_id and "id" not in context:
            raise ContractBroken(detail="agent without id")

        def pick(name: str, *keys: str) -> str:
            return parse.text_of(found, *keys) or parse.as_text(context.get(name))

        return cls(
            id=agent_id,
            name=pick("name", "name", "agentName"),
            project_id=pick("project_id", "projectId", "project_id"),
            prompt=pick("prompt", "systemInstruction", "system_instruction", "systemInstructions", "prompt"),
            voice_id=pick("voice_id", "voice_id", "voiceId"),
            phone_number=pick("phone_number", "phoneNumber", "phone_number", "e164"),
            raw=raw,
        )


class Agents:
    """`client.agents`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def list(self, project_id: str) -> "list[Agent]":
        """4.5: the project's agents; [] when Talkstack says 404. The voice is usually not told here."""
        try:
            raw = self._client.json(paths.LIST_AGENTS, project_id, cap=LIST_CAP)
        except NotFound as error:
            if error.status is None:
                raise
            return []
        items = parse.find_list(raw, _LISTS)
        if items is None:
            one = parse.find_object(raw, _OBJECTS, _MARKS)
            if not parse.id_of(one, *_IDS):
                raise replies.broken(paths.LIST_AGENTS, seen="no list in the answer")
            items = [one]
        return [Agent.parse(item, project_id=project_id) for item in items if parse.id_of(item, *_IDS)]

    def get(self, project_id: str, agent_id: str) -> Agent:
        """4.2. Raises NotFound."""
        raw = self._client.json(paths.GET_AGENT, body={"projectId": project_id, "agentId": agent_id})
        found = parse.find_object(raw, _OBJECTS, _MARKS) or {}
        if not parse.id_of(found, *_IDS) and not any(key in found for key in _MARKS):
            if parse.holds_nothing(raw, _OBJECTS):
                raise NotFound(status=200, detail="empty answer", route=paths.GET_AGENT.name)
            raise replies.broken(paths.GET_AGENT, seen="no agent in the answer")
        return Agent.parse(found, id=agent_id, project_id=project_id)

    def create(
        self, project_id: str, name: str, system_instruction: str, voice_id: str = "", phone_number: str = ""
    ) -> Agent:
        """4.1. `id` is "" when the answer does not hold it: list again. `phone_number` in E.164, or "" to send none."""
        body = {"name": name, "systemInstruction": system_instruction, "projectId": project_id}
        body |= {"voice_id": voice_id} if voice_id else {}
        body |= {"phoneNumber": phone_number} if phone_number else {}
        raw = self._client.json(paths.CREATE_AGENT, body=body)
        known = {"name": name, "project_id": project_id, "prompt": system_instruction, "voice_id": voice_id}
        return Agent.parse(raw, id="", phone_number=phone_number, **known)

    def update(self, project_id: str, agent_id: str, name: str, system_instruction: str, voice_id: str = "") -> Agent:
        """4.3. Always sends name and prompt (Talkstack refuses a voice alone); the voice if it is known."""
        body = {"projectId": project_id, "agentId": agent_id, "name": name, "systemInstruction": system_instruction}
        body |= {"voice_id": voice_id} if voice_id else {}
        raw = self._client.json(paths.UPDATE_AGENT, body=body)
        known = {"name": name, "project_id": project_id, "prompt": system_instruction, "voice_id": voice_id}
        return Agent.parse(raw, id=agent_id, **known)

    def delete(self, project_id: str, agent_id: str) -> None:
        """4.4. What happens to its number is not documented."""
        self._client.json(paths.DELETE_AGENT, body={"projectId": project_id, "agentId": agent_id})
