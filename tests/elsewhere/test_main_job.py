"""The whole main job in a live workspace, against servers that chose otherwise."""

from typing import Any

from dashboard.calls.models import Call
from dashboard.web.phone import display

from .journey import CALLED, NUMBER, PROMPT, Journey
from .world import OWNER, SEEDED


def test_the_main_job(journey, elsewhere, dialect, clock):
    listed = journey.get("projects/")
    assert SEEDED in listed
    assert SEEDED in journey.get("")
    journey.create_project()
    assert "Sample Dental" in journey.get("projects/")
    make_an_agent(journey, dialect)
    give_it_a_number(journey, elsewhere)
    make_it_active(journey, elsewhere)
    call = call_somebody(journey, elsewhere, dialect)
    edit_with_a_conflict(journey, elsewhere)
    read_about_it(journey, call)
    delete_it_all(journey, elsewhere)
    assert len(elsewhere.rings) == 1


def make_an_agent(journey: Journey, dialect: Any) -> None:
    page = journey.get(f"projects/{journey.project}/agents/new/")
    assert "Aria" in page and "Roger" in page
    if dialect.needs_number:
        fields = {"name": "Ada", "system_instruction": PROMPT, "voice_id": "AriaAriaAriaAriaAria"}
        assert "phoneNumber" in journey.post(f"projects/{journey.project}/agents/new/", fields, status=422)
    page = journey.create_agent(number=NUMBER if dialect.needs_number else "")
    assert "your visit is on" in page


def give_it_a_number(journey: Journey, elsewhere: Any) -> None:
    page = journey.assign()
    assert display(NUMBER) in page
    assert [str(number["agentId"]) for number in elsewhere.world.numbers.values()] == [journey.agent]
    for place in (f"projects/{journey.project}/", f"projects/{journey.project}/numbers/?fresh=1"):
        assert display(NUMBER) in journey.get(place)


def make_it_active(journey: Journey, elsewhere: Any) -> None:
    page = journey.post(f"projects/{journey.project}/agents/{journey.agent}/active/", {"action": "set"})
    assert "Ada" in page
    assert str(elsewhere.world.projects[journey.project]["active"]) == journey.agent
    assert "Ada" in journey.get(f"projects/{journey.project}/?fresh=1")


def call_somebody(journey: Journey, elsewhere: Any, dialect: Any) -> Call:
    call = journey.start_call()
    assert "Waiting" in journey.call_page(call)
    assert not elsewhere.rings
    journey.send()
    assert len(elsewhere.rings) == 1
    ring = elsewhere.rings[0]
    assert (ring["to"], str(ring["agentId"])) == (CALLED, journey.agent)
    assert ring["variables"] == {"name": "Robin <b>Sample</b>", "day": "Tuesday"}
    first = journey.call_page(call)
    assert ("It is not known whether this phone rang" if dialect.made == "message" else "accepted") in first
    journey.work(200, histories=not dialect.slow)
    check_the_end(journey, Call.objects.get(pk=call.pk), elsewhere, dialect)
    return call


ENDS = {
    "completed": "Answered, talked for",
    "voicemail": "A voicemail answered.",
    "sms_sent": "Talkstack says “Sms sent”",
}


def check_the_end(journey: Journey, call: Call, elsewhere: Any, dialect: Any) -> None:
    page = journey.call_page(call)
    assert ENDS[dialect.life[-1][1]] in page
    assert (call.attempt, call.sid) == ("placed", elsewhere.rings[0]["sid"])
    assert Call.objects.count() == 1, "the mirror of the history doubled the call"
    if dialect.data != "null":
        assert "Employee go to work" in page and "Tuesday <em>at ten</em>" in page
    if dialect.cost != "null":
        assert "0.08" in page or "0.077" in page
    if dialect.recordings != "null":
        sound = journey.browser.get(f"{journey.url(f'projects/{journey.project}/calls/{call.pk}/')}recording/1/")
        assert sound.status_code in (200, 206), sound.content[:500]
        assert b"".join(sound).startswith(b"ID3") if sound.streaming else sound.content.startswith(b"ID3")


def edit_with_a_conflict(journey: Journey, elsewhere: Any) -> None:
    address = f"projects/{journey.project}/agents/{journey.agent}/edit/"
    page = journey.post(address, {"name": "Ada", "system_instruction": f"{PROMPT} Be brief.", "voice_id": ""})
    assert "Ada was changed" in page
    agent = elsewhere.world.agents[journey.agent]
    assert agent["prompt"].endswith("Be brief.")
    fields = {"name": "Ada Two", "system_instruction": PROMPT, "voice_id": "RogerRogerRogerRoger", "loaded": "x" * 64}
    page = journey.post(address, fields, status=409)
    assert "Somebody else saved this agent first" in page
    assert agent["name"] == "Ada"
    page = journey.post(address, {name: fields[name] for name in ("name", "system_instruction", "voice_id")})
    assert (agent["name"], agent["voice"]) == ("Ada Two", "RogerRogerRogerRoger")
    assert "Ada Two" in page


def read_about_it(journey: Journey, call: Call) -> None:
    for place in ("calls/", f"projects/{journey.project}/calls/"):
        assert display(CALLED) in journey.get(place)
    assert "Sample Dental" in journey.get("")
    journey.get("voices/")


def delete_it_all(journey: Journey, elsewhere: Any) -> None:
    address = f"projects/{journey.project}/delete/"
    page = journey.get(address)
    assert "Ada Two" in page and display(NUMBER) in page
    assert "Nothing was deleted" in journey.post(address, {"confirm_name": "Sample Dental"}, status=422)
    page = journey.post(address, {"cascade": "on", "confirm_name": "Sample Dental"})
    assert "Sample Dental was deleted" in page and "Ada Two" in page
    kept = elsewhere.world.projects.get(journey.project)
    assert kept is None or kept["deleted"]
    assert SEEDED in journey.get("projects/?fresh=1")


def test_a_wrong_password_and_a_taken_name(journey, elsewhere, dialect):
    page = journey.post(
        "projects/new/", {"name": SEEDED, "description": "Once more."}, status=502 if odd(dialect) else 422
    )
    assert "was created" not in page
    assert len([each for each in elsewhere.world.projects.values() if each["name"] == SEEDED]) == 1
    journey.browser.logout()
    page = journey.post("/sign-in/", {"email": OWNER, "password": "not-the-one"}, status=422)
    assert "is not right" in page


def odd(dialect: Any) -> bool:
    """Whether this server refuses with a 200."""
    return dialect.errors == "ok"
