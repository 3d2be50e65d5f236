"""What somebody who uses the API does in a day, from signing up to reading what a call brought."""

from __future__ import annotations

from dashboard.sandbox import Sandbox

from .conftest import Api

PROMPT = "You call {{name}} about the appointment at {{clinic}}."


def sign_up(sandbox: Sandbox) -> Api:
    nobody = Api(sandbox)
    me = {"email": "new@example.test", "password": "long enough", "name": "Nova Sample"}
    assert nobody.post("/auth/signup", me)["signupStatus"] == 3
    code = sandbox.outbox[-1].code
    assert nobody.post("/auth/verify-email", {"email": me["email"], "code": code})["verificationStatus"] == 2
    login = nobody.post("/auth/login", me)
    assert login["loginStatus"] == 7
    return Api(sandbox, key=Api(sandbox, login["token"]).get("/user/generate-apikey")["apiKey"])


def test_from_sign_up_to_a_finished_call(sandbox: Sandbox) -> None:
    api = sign_up(sandbox)
    assert api.get("/project")["data"] == []
    project = api.post("/project/create-project", {"name": "Dental", "description": ""})["data"]["id"]
    voice = api.get("/voices")["voices"][0]["voice_id"]
    body = {"name": "Ada", "systemInstruction": PROMPT, "projectId": project, "voice_id": voice}
    agent = api.post("/agent/create-agent", body)["data"]["id"]
    api.post("/phone-number/add-number", {"e164": "+14155550199", "agentId": agent, "projectId": project})
    api.post("/project/active-agent", {"projectId": project, "active_agent": agent}, method="PATCH")
    api.post("/user/set-active-project", {"projectId": project})
    variables = {"name": "Kit Testwell", "clinic": "Northgate Hill"}
    ask = {"number": "+12065550121", "projectId": project, "agentId": agent, "dynamicVariables": variables}
    sid = api.post("/call/makeCall", ask)["call"]["call_id"]
    sandbox.tick(90)
    data = api.post("/call", {"sid": sid, "projectId": project})
    assert data["status"] == "completed"
    assert data["cost"] == round(data["seconds"] * 0.2 / 60, 3)
    assert data["data"]["confirmed"] in ("true", "false")
    assert "Kit Testwell" in data["data"]["reason"]
    assert api.session.get(data["recordingUrls"][0]).content.startswith(b"RIFF")
    assert [row["sid"] for row in api.post("/call/get-call-history", {"projectId": project})["data"]] == [sid]


def test_changing_and_deleting(sandbox: Sandbox, api: Api, northgate: str, reminder: str) -> None:
    api.post(f"/project/{northgate}", {"name": "Northgate", "description": "New words"}, method="PUT")
    assert api.get(f"/project/{northgate}")["data"]["description"] == "New words"
    ids = {"projectId": northgate, "agentId": reminder}
    api.post("/agent", ids | {"name": "Reminder", "voice_id": "v2"}, method="PUT")
    assert api.post("/agent", ids)["name"] == "Reminder"
    api.post("/agent", ids, method="DELETE")
    assert api("POST", "/agent", ids).status_code == 404
    assert api("POST", "/project/active-agent", {"projectId": northgate}).status_code == 404
    numbers = api.post("/phone-number", {"projectId": northgate})["data"]
    assert [row["agentId"] for row in numbers if row["e164"] == "+14155550132"] == [None]


def test_a_project_goes_only_with_what_hangs_on_it(sandbox: Sandbox, api: Api, northgate: str) -> None:
    number = api.post("/phone-number", {"projectId": northgate})["data"][0]["id"]
    status, message = api.refused("DELETE", f"/project/{northgate}")
    assert (status, "cascade" in message) == (400, True)
    assert api("DELETE", f"/project/{northgate}", {"cascade": "yes"}).status_code == 400
    api.post(f"/project/{northgate}", {"cascade": True}, method="DELETE")
    assert api("GET", f"/project/{northgate}").status_code == 400
    assert api("DELETE", f"/project/{northgate}").status_code == 404
    assert api("GET", "/user/get-active-project").status_code == 404
    assert "Northgate Clinics" not in [row["name"] for row in api.get("/project")["data"]]
    free = api.post("/phone-number", {"phoneNumberId": number})["data"]
    assert (free["projectId"], free["agentId"]) == (None, None)
    api.post("/project/create-project", {"name": "Northgate Clinics", "description": ""})


def test_a_number_moves_and_the_former_one_becomes_free(api: Api, northgate: str, reminder: str) -> None:
    ask = {"e164": "+14155550147", "agentId": reminder, "projectId": northgate}
    api.post("/phone-number/add-number", ask)
    assert api.post("/phone-number", {"agentId": reminder})["data"]["e164"] == "+14155550147"
    by = {row["e164"]: row["agentId"] for row in api.post("/phone-number", {"projectId": northgate})["data"]}
    assert by["+14155550132"] is None


def test_the_number_may_come_with_the_agent(api: Api, northgate: str) -> None:
    body = {"name": "With", "systemInstruction": "Hi", "projectId": northgate, "phoneNumber": "+14155550190"}
    agent = api.post("/agent/create-agent", body)["data"]["id"]
    assert api.post("/phone-number", {"agentId": agent})["data"]["e164"] == "+14155550190"
    assert api.refused("POST", "/agent/create-agent", body | {"phoneNumber": "0190"})[0] == 400


def test_text_survives_byte_for_byte(api: Api, northgate: str) -> None:
    prompt = "{% now %} {{ }} \x00 </script> \u202e שלום 🤖 " * 20_000
    body = {"name": "<b>", "systemInstruction": prompt, "projectId": northgate}
    agent = api.post("/agent/create-agent", body)["data"]["id"]
    assert api.post("/agent", {"projectId": northgate, "agentId": agent})["systemInstruction"] == prompt
