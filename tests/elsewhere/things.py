"""Signing in, projects, agents, numbers and voices, as this server answers them."""

from typing import Any

from .replies import Answer, Refusal, say, within
from .world import OWNER, PASSWORD, World, iso, need

Body = dict[str, Any]
GOOD = {"message": "done.", "status": "success"}


def login(world: World, body: Body) -> Answer:
    need(body, "email", "password")
    if body["email"] != OWNER:
        raise Refusal(404, "user not found")
    if body["password"] != PASSWORD:
        raise Refusal(401, "invalid password")
    user = {"email": OWNER, "active_project": None} | ({"name": "Olive Owner"} if world.dialect.user_name else {})
    answer = {"token": world.new_token(), "refreshToken": world.new_refresher(), "user": user} | world.expiry()
    under = world.dialect.login_under
    return say(GOOD | {"loginStatus": 7} | ({under: answer} if under else answer))


def refresh(world: World, body: Body) -> Answer:
    need(body, world.dialect.refresh_wants)
    old = body[world.dialect.refresh_wants]
    if old not in world.refreshers:
        raise Refusal(401, "resfreshToken invalid")
    if world.dialect.single_use:
        world.refreshers.discard(old)
    key = world.dialect.refresh_key
    new = {key: world.new_refresher() if world.dialect.single_use else old} if key else {}
    return say({"token": world.new_token()} | new | world.expiry())


def shown(world: World, project: Body) -> Body:
    body = {"id": project["id"], "name": project["name"], "description": project["description"], "status": "ACTIVE"}
    body |= {world.dialect.webhook_key: project["webhook"], "active_agent": project["active"]}
    body |= {"created_at": iso(project["created"]), "updated_at": None, "is_deleted": project["deleted"]}
    return body | world.more()


def list_projects(world: World) -> Answer:
    found = [shown(world, each) for each in world.projects.values()]
    if not any(not each["is_deleted"] for each in found) and world.dialect.list_none != "empty":
        raise Refusal(int(world.dialect.list_none), "no projects")
    return say(within(world.dialect.list_under, found, **GOOD))


def create_project(world: World, body: Body) -> Answer:
    need(body, "name", "description")
    if any(each["name"] == body["name"] and not each["deleted"] for each in world.projects.values()):
        raise Refusal(400, "a project of this name exists already")
    project = world.new_project(body["name"], body["description"])
    return say(within(world.dialect.project_under, shown(world, project), **GOOD), world.dialect.created_status)


def update_project(world: World, key: str, body: Body) -> Answer:
    project = world.project(key, 404)
    project |= {name: body[name] for name in ("name", "description") if body.get(name) is not None}
    return say(within(world.dialect.project_under, shown(world, project), **GOOD))


def delete_project(world: World, key: str, body: Body) -> Answer:
    project = world.project(key, 404)
    agents, numbers = world.agents_of(project), world.numbers_of("projectId", project["id"])
    if (agents or numbers) and body.get("cascade") is not True:
        raise Refusal(world.dialect.dependents, "remove the agents and numbers first")
    for agent in agents:
        del world.agents[str(agent["id"])]
    for number in numbers:
        del world.numbers[number["e164"]]
    project["deleted"] = True
    if not world.dialect.soft_delete:
        del world.projects[str(project["id"])]
    return gone(world)


def gone(world: World) -> Answer:
    if world.dialect.deleted == "204":
        return Answer(204)
    return Answer(200, b"OK", "text/plain") if world.dialect.deleted == "text" else say(GOOD)


def add_webhook(world: World, body: Body) -> Answer:
    need(body, "projectId", "webhookURL")
    world.project(body["projectId"])["webhook"] = body["webhookURL"]
    return say(GOOD)


def active_agent(world: World, body: Body) -> Answer:
    need(body, "projectId")
    active = world.project(body["projectId"])["active"]
    if active is None and world.dialect.active_none == "404":
        raise Refusal(404, "no active agent")
    return say({"message": "added webhook url.", "status": "success", "active_agent": active})


def set_active_agent(world: World, body: Body) -> Answer:
    need(body, "projectId", "active_agent")
    project = world.project(body["projectId"])
    project["active"] = world.agent(body["active_agent"], project["id"])["id"]
    brief = {key: value for key, value in shown(world, project).items() if key not in ("id", "status")}
    return say(GOOD | ({"project": brief} if world.dialect.set_active == "project" else {}))


def remove_active_agent(world: World, key: str) -> Answer:
    for project in world.projects.values():
        if str(project["active"]) == key:
            project["active"] = None
    return say(GOOD)


def agent_shown(world: World, agent: Body, brief: bool = False) -> Body:
    body = {world.dialect.agent_id_key: agent["id"], "name": agent["name"], "projectId": agent["projectId"]}
    if not brief:
        body |= {"systemInstruction": agent["prompt"], "voice_id": agent["voice"]}
    return body | world.more()


def create_agent(world: World, body: Body) -> Answer:
    need(body, "projectId", "name", "systemInstruction", *(["phoneNumber"] if world.dialect.needs_number else []))
    project = world.project(body["projectId"])
    agent = {"id": world.new_id(), "name": body["name"], "projectId": project["id"], "voice": body.get("voice_id")}
    agent["prompt"] = body["systemInstruction"]
    world.agents[str(agent["id"])] = agent
    if body.get("phoneNumber"):
        give(world, body["phoneNumber"], agent)
    made = agent_shown(world, agent)
    return say(within(world.dialect.agent_created, made, **GOOD), world.dialect.created_status)


def get_agent(world: World, body: Body) -> Answer:
    need(body, "projectId", "agentId")
    return say(
        within(world.dialect.agent_under, agent_shown(world, world.agent(body["agentId"], body["projectId"])), **GOOD)
    )


def update_agent(world: World, body: Body) -> Answer:
    need(body, "projectId", "agentId")
    agent = world.agent(body["agentId"], body["projectId"])
    if body.get("name") is None and body.get("systemInstruction") is None:
        raise Refusal(400, "name and systemInstruction are missing")
    for key, name in (("name", "name"), ("prompt", "systemInstruction"), ("voice", "voice_id")):
        agent[key] = body.get(name, agent[key])
    flat = agent_shown(world, agent)
    flat["agentId"] = flat.pop(world.dialect.agent_id_key)
    return say({"flat": flat, "data": GOOD | {"data": flat}, "message": GOOD}[world.dialect.agent_updated])


def delete_agent(world: World, body: Body) -> Answer:
    need(body, "projectId", "agentId")
    agent = world.agent(body["agentId"], body["projectId"])
    del world.agents[str(agent["id"])]
    return gone(world)


def list_agents(world: World, key: str) -> Answer:
    agents = world.agents_of(world.project(key))
    if not agents and world.dialect.agents_none == "404":
        raise Refusal(404, "there are no agents")
    found = [agent_shown(world, agent, world.dialect.agents_brief) for agent in agents]
    return say(within(world.dialect.agents_under, found, **GOOD))


def give(world: World, e164: str, agent: Body) -> None:
    number = world.numbers.setdefault(e164, {"e164": e164, "id": world.new_id(), "status": "AVAILABLE"})
    number |= {"projectId": agent["projectId"], "agentId": agent["id"]}


def add_number(world: World, body: Body) -> Answer:
    need(body, "e164", "agentId", "projectId")
    give(world, body["e164"], world.agent(body["agentId"], body["projectId"]))
    return say(GOOD)


def get_numbers(world: World, body: Body) -> Answer:
    key = next((key for key in ("phoneNumberId", "agentId", "projectId") if body.get(key)), "")
    if not key or (key == "projectId" and not world.dialect.numbers_by_project):
        raise Refusal(400, "agentId is missing")
    found = [each | world.more() for each in world.numbers_of("id" if key == "phoneNumberId" else key, body[key])]
    words = {"message": "Phone number details fetched successfully.", "status": "error"}
    if not found and world.dialect.numbers_none == "404":
        raise Refusal(404, "no number")
    if not found:
        return say(words | {"data": None if world.dialect.numbers_none == "null" else []})
    if world.dialect.numbers == "object" and len(found) == 1:
        return say(words | {"data": found[0]})
    return say(words | {"data": {"phoneNumbers": found} if world.dialect.numbers == "phoneNumbers" else found})


def list_voices(world: World) -> Answer:
    labels = {"accent": "American", "gender": "female", "use_case": "social media"}
    voices: list[Body] = [
        {
            "name": "Aria",
            "voice_id": "AriaAriaAriaAriaAria",
            "labels": labels,
            "preview_url": "https://x.example/a.mp3",
        },
        {"name": "Roger", "voice_id": "RogerRogerRogerRoger", "labels": labels, "preview_url": None},
    ]
    if world.dialect.voices_sparse:
        del voices[1]["labels"]
        voices[0] |= {"labels": None, "preview_url": None}
        voices.append({"voice_id": "NamelessNamelessName", "name": None, "labels": {"mood": "<b>calm</b>", "age": 40}})
    return say(within(world.dialect.voices_under, voices, **GOOD))
