"""Many calls: a batch from a sheet, the history with its filters, and how fast it is."""

from __future__ import annotations

import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dashboard.sandbox import Sandbox, world
from dashboard.sandbox.world import fixed_id

from .conftest import NOON, Api, agent, project

CSV = (
    "\ufeffnumber,dynamicVariables\r\n"
    '+12065550121,"{""name"":""Kit Sample"",""seats"":2}"\r\n'
    "+12065550111,\r\n"
    "not a number,\r\n"
    "\r\n"
    "+12065550116,not json\r\n"
)


def send(api: Api, project_id: str, agent_id: str, content: bytes, name: str = "people.csv") -> Any:
    form = {"projectId": project_id, "agentId": agent_id}
    return api("POST", "/call/batch-call", data=form, files={"file": (name, content)})


def test_a_batch_calls_each_row_one_a_second(sandbox: Sandbox, api: Api, northgate: str, reminder: str) -> None:
    answer = send(api, northgate, reminder, CSV.encode())
    assert (answer.status_code, set(answer.json())) == (200, {"message", "status"})
    assert [ring.number for ring in sandbox.rings] == ["+12065550121", "+12065550111", "not a number", "+12065550116"]
    assert [bool(ring.sid) for ring in sandbox.rings] == [True, True, False, False]
    assert sandbox.rings[0].variables == {"name": "Kit Sample", "seats": "2"}
    sandbox.tick(90)
    rows = api.post("/call/get-call-history", {"projectId": northgate, "pageSize": 2})["data"]
    assert {row["status"] for row in rows} == {"completed", "busy"}


def test_a_batch_is_refused_as_a_whole(sandbox: Sandbox, api: Api, northgate: str, reminder: str) -> None:
    assert send(api, northgate, reminder, b"phone\n+12065550121\n").status_code == 400
    assert send(api, northgate, reminder, b"\xff\xfe\x00").status_code == 400
    assert send(api, northgate, "", b"number\n+12065550121\n").status_code == 400
    assert send(api, northgate, "unknown", b"number\n+12065550121\n").status_code == 400
    silent = agent(api, northgate, "Flu season notice")
    assert send(api, northgate, silent, b"number\n+12065550121\n").status_code == 400
    assert api("POST", "/call/batch-call", data={"projectId": northgate, "agentId": reminder}).status_code == 400
    assert send(api, northgate, reminder, b"PK\x03\x04 broken", "people.xlsx").status_code == 400
    assert sandbox.rings == []


def workbook() -> bytes:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = (
        f'<worksheet {main}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>+12065550121</t></is></c><c r="C2" t="s"><v>2</v></c></row>'
        "</sheetData></worksheet>"
    )
    words = ("number", "dynamicVariables", "{&quot;name&quot;:&quot;Kit&quot;}")
    shared = f"<sst {main}>{''.join(f'<si><t>{word}</t></si>' for word in words)}</sst>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", sheet)
        book.writestr("xl/sharedStrings.xml", shared)
    return out.getvalue()


def test_a_batch_may_be_an_excel_file(sandbox: Sandbox, api: Api, northgate: str, reminder: str) -> None:
    assert send(api, northgate, reminder, workbook(), "people.xlsx").status_code == 200
    assert [(ring.number, ring.variables) for ring in sandbox.rings] == [("+12065550121", {"name": "Kit"})]


def history(api: Api, project_id: str, size: int = 1000, **query: str) -> list[dict[str, Any]]:
    body = {"projectId": project_id, "pageSize": size}
    return list(api.post("/call/get-call-history", body, params=query)["data"])


def test_history_is_newest_first_and_twenty_by_default(api: Api, northgate: str) -> None:
    rows = api.post("/call/get-call-history", {"projectId": northgate})["data"]
    assert len(rows) == 20
    assert [row["startTime"] for row in rows] == sorted((row["startTime"] for row in rows), reverse=True)
    assert len(history(api, northgate, 5)) == 5


def test_history_filters(api: Api, northgate: str) -> None:
    rows = history(api, northgate)
    to, from_ = rows[3]["to"], rows[3]["from"]
    assert history(api, northgate, to=to) == [row for row in rows if row["to"] == to]
    assert history(api, northgate, **{"from": from_}) == [row for row in rows if row["from"] == from_]
    for status in ("completed", "busy", "no-answer", "failed"):
        assert history(api, northgate, status=status) == [row for row in rows if row["status"] == status] != []
    day = rows[60]["startTime"][:10]
    assert history(api, northgate, startTime=day) == [row for row in rows if row["startTime"][:10] == day]
    assert history(api, northgate, startTimeAfter=day) == [row for row in rows if row["startTime"][:10] >= day]
    assert history(api, northgate, startTimeBefore=day) == [row for row in rows if row["startTime"][:10] < day]
    assert history(api, northgate, endTime=day) == [row for row in rows if row["endTime"][:10] == day]
    both = history(api, northgate, endTimeAfter=day, endTimeBefore=rows[0]["endTime"][:10])
    assert both == [row for row in rows if day <= row["endTime"][:10] < rows[0]["endTime"][:10]]


def test_a_plus_that_is_not_encoded_is_a_space(api: Api, northgate: str) -> None:
    to = history(api, northgate, 1)[0]["to"]
    ask = {"projectId": northgate}
    assert api.post(f"/call/get-call-history?to={to}", ask)["data"] == []
    assert api.post(f"/call/get-call-history?to=%2B{to[1:]}", ask)["data"]


def test_a_long_history_is_quick() -> None:
    sandbox = Sandbox(clock=lambda: NOON, chance=Random(1), seed=lambda *rest: world.many(*rest, calls=20_000))
    api = Api(sandbox, sandbox.bearer())
    first = project(api, "Project 01")
    spent = []
    for query in ({}, {"status": "busy"}, {"to": "+10000000000"}, {"startTimeBefore": "2026-01-01"}):
        started = time.perf_counter()
        api.post("/call/get-call-history", {"projectId": first}, params=query)
        spent.append(time.perf_counter() - started)
    assert max(spent) < 0.25, spent  # a tenth of a second on a machine that does nothing else
    assert len(api.get("/project")["data"]) == 60


def test_many_at_once_are_all_counted(tmp_path: Path) -> None:
    sandbox = Sandbox(state_path=tmp_path / "state.json")
    token = sandbox.bearer()
    first = project(Api(sandbox, token), "Northgate Clinics")
    body = {"number": "+12065550121", "projectId": first, "agentId": fixed_id("agent/reminder")}

    def ring(_: int) -> str:
        return str(Api(sandbox, token).post("/call/makeCall", body, timeout=30)["call"]["call_id"])

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(ring, range(30)))) == 30
    assert len(Sandbox(state_path=tmp_path / "state.json").rings) == 30


@pytest.mark.parametrize("seed", ["many", "hostile", False])
def test_other_worlds_open(seed: Any) -> None:
    sandbox = Sandbox(clock=lambda: NOON, seed=seed)
    if seed:
        api = Api(sandbox, sandbox.bearer())
        for row in api.get("/project")["data"]:
            assert api("GET", f"/agent/{row['id']}").status_code == 200
            api.post("/call/get-call-history", {"projectId": row["id"]})
    else:
        assert sandbox.accounts == {}
