"""Batch calls (API contract, 5.5): a sheet of numbers, each of them called by one agent, one a second."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

from .ask import Ask
from .call_api import as_text, place, ring
from .sheet import rows_of_xlsx
from .wire import Refusal, Request, Response, ok


@dataclass(frozen=True)
class Part:
    """One part of a multipart form; ``filename`` is "" for a plain field."""

    filename: str
    content: bytes


def make(ask: Ask) -> Response:
    """5.5. No answer is documented: an envelope without a payload. Rows that cannot be called are left out silently."""
    parts = multipart(ask.request)
    project_id, agent_id = (
        parts[name].content.decode("utf-8", "replace").strip() if name in parts else ""
        for name in ("projectId", "agentId")
    )
    sheet = parts.get("file")
    if not (project_id and agent_id and sheet):
        raise Refusal(400, "projectId, agentId or file is missing.")
    project = ask.project(project_id, 400, "project does not exist.")
    agent = ask.store.agent(project, agent_id)
    if agent is None:
        raise Refusal(400, "agent does not exist in the project.")
    if ask.store.number_of(agent.id) is None:
        raise Refusal(400, "agent does not have a phone number.")
    for place_in_line, (number, variables) in enumerate(rows(sheet.content)):
        try:
            sid = place(ask, number, project_id, agent_id, variables, delay=float(place_in_line)).sid
        except Refusal:
            sid = ""
        ring(ask, number, project_id, agent_id, variables, sid)
    return ok("batch calls initiated successfully.")


def multipart(request: Request) -> dict[str, Part]:
    """The parts of a multipart/form-data body by name; 400 when it is not one."""
    kind = request.header("content-type")
    if not kind.lower().startswith("multipart/form-data"):
        raise Refusal(400, "multipart/form-data is expected.")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    if not message.is_multipart():
        raise Refusal(400, "the form could not be read.")
    return dict(_part(item) for item in message.iter_parts())


def _part(item: Message) -> tuple[str, Part]:
    name = item.get_param("name", "", "content-disposition")
    content = item.get_payload(decode=True)
    return str(name), Part(item.get_filename() or "", content if isinstance(content, bytes) else b"")


def rows(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """Number and variables of each row, from CSV or Excel. 400 without a "number" column."""
    table = rows_of_xlsx(content) if content.startswith(b"PK") else rows_of_csv(content)
    if not table or "number" not in table[0]:
        raise Refusal(400, "the file must have a column called number.")
    found = []
    for cells in table[1:]:
        row = dict(zip(table[0], cells, strict=False))
        if row["number"].strip() if "number" in row else "":
            found.append((row["number"].strip(), _variables(row.get("dynamicVariables", ""))))
    return found


def rows_of_csv(content: bytes) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row]
    except (UnicodeDecodeError, csv.Error):
        raise Refusal(400, "the file could not be read.") from None


def _variables(cell: str) -> dict[str, str]:
    """A cell of JSON; what is not an object counts as none."""
    try:
        value = json.loads(cell) if cell.strip() else {}
    except ValueError:
        return {}
    return {str(key): as_text(item) for key, item in value.items()} if isinstance(value, dict) else {}
