"""After an event came in: it is a hint, the call is read, and nothing that comes twice, late or shuffled does harm."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.calls import dialing, follow
from dashboard.calls.models import Call, Forgotten
from dashboard.sandbox.hooks import Manner
from dashboard.webhooks import addresses, decisions, handling, watching
from dashboard.webhooks.models import Endpoint, Event, Outcome, Relay
from tests.at_once import at_once
from tests.calls.conftest import ANSWERED, BUSY, agent, call_of, send, start, work
from tests.conftest import text
from tests.projects.conftest import at, words
from tests.webhooks.conftest import HERE, call_with, deliver, handle, one, told

__all__ = ["agent"]


def read_calls() -> None:
    """The worker reads every call that is due."""
    while follow.follow_open():
        pass


@pytest.fixture
def posting(sandbox: Any, project_id: str, door: str, sender: Any) -> Any:
    """The stand-in's deliveries come to our door, when they are asked for; gives how many were answered 2xx."""
    sandbox.store.projects[project_id].webhook = f"{HERE}{door}"

    def tell() -> int:
        told = sandbox.hooks.deliver(lambda event: deliver(sender, door, event.body, event.content_type).status_code)
        return [row["result"] for row in told].count("answered 200")

    return tell


def test_a_hint_has_the_call_read_and_is_not_believed_itself(
    sender, door, sandbox, workspace, project_id, operator, agent
):
    call = call_of(start(operator, agent, ANSWERED))
    send()
    sandbox.tick(2)
    read_calls()
    call.refresh_from_db()
    deliver(sender, door, told(call.sid or call.call_id, "failed", to=call.number))
    handle()
    read_calls()
    call.refresh_from_db()
    assert call.state != "failed", "Talkstack itself says otherwise"
    assert (one().outcome, one().call, one().state) == (Outcome.TAKEN, call, "failed")


@pytest.mark.parametrize("names", ["own", "twilio", "nested"])
def test_the_whole_story_of_a_call(sandbox, posting, operator, agent, names):
    """Told twice, shuffled, late, in other words, as a form: the call ends as it did, and its events are on its page."""
    sandbox.hooks.manner = Manner(copies=2, shuffled=True, form=names == "twilio", names=names)
    call = call_of(start(operator, agent, BUSY))
    send()
    sandbox.tick(60)
    assert posting() == 8
    handle()
    read_calls()
    call.refresh_from_db()
    assert call.state == "busy" and Event.objects.count() == 4
    assert set(Event.objects.values_list("outcome", "seen", "call")) == {(Outcome.TAKEN, 2, call.pk)}
    assert len(sandbox.rings) == 1 and Call.objects.filter(sid=call.sid).count() == 1


def test_late_events_change_nothing(sandbox, posting, operator, agent):
    sandbox.hooks.manner = Manner(late=300)
    call = call_of(start(operator, agent, BUSY))
    send()
    sandbox.tick(60)
    read_calls()
    call.refresh_from_db()
    assert call.state == "busy" and posting() == 0
    sandbox.tick(300)
    assert posting() == 4
    handle()
    read_calls()
    call.refresh_from_db()
    assert call.state == "busy"


def test_an_event_may_overtake_our_own_record(sandbox, posting, operator, agent, monkeypatch):
    """The call is told of while its placing has not been answered yet; it is one call in the end."""
    call = call_of(start(operator, agent, ANSWERED))
    make = sandbox.perform

    def slowly(request: Any) -> Any:
        answer = make(request)
        if request.path.endswith("makeCall"):
            assert posting() == 1
            handling.handle_due()
        return answer

    monkeypatch.setattr(sandbox, "perform", slowly)
    send()
    monkeypatch.undo()
    assert one().outcome in (Outcome.UNKNOWN, Outcome.TAKEN)
    sandbox.tick(60)
    handle()
    read_calls()
    call.refresh_from_db()
    assert call.attempt == "placed" and one().call_id == call.pk
    assert Call.objects.filter(number=ANSWERED, at__gte=call.at - timedelta(seconds=5)).count() == 1


def test_a_call_that_was_placed_elsewhere_is_taken_in(sandbox, sender, door, workspace, project_id):
    """The event names a call that only Talkstack knows: from the second try on it is asked."""
    sid = sandbox.store.project_calls[project_id][-1].sid
    deliver(sender, door, told(sid, "completed", to=sandbox.store.calls[sid].to))
    handling.handle_due()
    assert not Call.objects.filter(sid=sid).exists() and one().outcome == Outcome.UNKNOWN
    sandbox.tick(4)
    handle()
    assert one().outcome == Outcome.TAKEN and one().call == Call.objects.get(sid=sid)


def test_an_id_that_nobody_knows_is_looked_for_and_then_left(sender, door, sandbox, workspace):
    deliver(sender, door, told("CA" + "f" * 32, "ringing"))
    for wait in (0, *(pause.total_seconds() for pause in handling.AGAIN)):
        sandbox.tick(wait + 0.5)
        handle()
    event = one()
    assert (event.outcome, event.due_at, event.tries) == (Outcome.UNKNOWN, None, len(handling.AGAIN) + 1)
    assert "here or at Talkstack" in event.words and not Call.objects.exists()


def test_talkstack_away_only_delays(sender, door, sandbox, project_id):
    sid = sandbox.store.project_calls[project_id][-1].sid
    deliver(sender, door, told(sid, "completed", to=sandbox.store.calls[sid].to))
    sandbox.faults.add("down", times=0)
    handle()
    sandbox.tick(5)
    handle()
    assert one().outcome == Outcome.UNKNOWN and one().due_at
    sandbox.faults.clear()
    sandbox.tick(60)
    handle()
    assert one().outcome == Outcome.TAKEN


def test_another_projects_call(sender, door, workspace, project_id):
    call = call_with(workspace, "another", "CA1")
    deliver(sender, door, told("CA1", "busy", projectId="another"))
    handle()
    call.refresh_from_db()
    assert (one().outcome, one().call, call.state) == (Outcome.FOREIGN, None, "queued")


def test_an_unknown_projects_name_means_nothing(sender, door, workspace, project_id):
    call = call_with(workspace, project_id, "CA1")
    deliver(sender, door, told("CA1", "busy", projectId="an id of another kind"))
    handle()
    assert (one().outcome, one().call) == (Outcome.TAKEN, call)


def test_a_deleted_project(sender, door, sandbox, project_id):
    sandbox.store.projects[project_id].is_deleted = True
    assert deliver(sender, door, told("CA1", "ringing")).status_code == 200
    handle()
    sandbox.tick(5)
    handle()
    assert watching.look() and Endpoint.objects.get().gone_at
    sandbox.tick(60)
    handle()
    assert one().outcome == Outcome.GONE and "deleted" in one().words and one().due_at is None


def test_clocks_that_differ_are_noted(sender, door, workspace, project_id):
    call_with(workspace, project_id, "CA1")
    for minutes in (-7, 4, 180):
        at = timezone.now() + timedelta(minutes=minutes)
        deliver(sender, door, told("CA1", "ringing", timestamp=at.isoformat()))
    handle()
    words = sorted(Event.objects.values_list("words", flat=True))
    assert words == [
        "",
        "The time in it is 3 h after the time it came.",
        "The time in it is 7 min before the time it came.",
    ]


def test_a_forgotten_number_is_not_taken_in_again(sender, door, workspace, sandbox):
    from dashboard.calls import keeping

    sandbox.tick(60)
    Forgotten.objects.create(
        workspace=workspace, digest=keeping.mark_of_number(workspace, "+12065550121"), at=timezone.now()
    )
    deliver(sender, door, told("CA1", "completed", timestamp=(timezone.now() - timedelta(seconds=30)).isoformat()))
    Event.objects.update(relay=Relay.WAITING, relay_due_at=timezone.now())
    handle()
    event = one()
    assert (event.outcome, bytes(event.body), event.forgotten, event.relay) == (
        Outcome.DROPPED,
        b"",
        True,
        Relay.STOPPED,
    )
    assert not Call.objects.exists()


def test_not_understood_and_test_events(sender, door, workspace):
    deliver(sender, door, b"hello", "text/plain")
    deliver(sender, door, {"event": "test"})
    assert [line.count for line in decisions.to_handle(workspace)] == [2]
    handle()
    assert dict(Event.objects.values_list("outcome", "words")) == {"odd": "It is neither JSON nor a form.", "test": ""}
    assert not list(decisions.to_handle(workspace)) and Event.objects.exclude(due_at=None).count() == 0


def test_a_worker_that_died_is_made_up_for(sender, door, workspace, project_id, sandbox):
    call_with(workspace, project_id, "CA1")
    deliver(sender, door, told("CA1", "ringing"))
    dead = handling._claim(timezone.now())
    assert len(dead) == 1 and not handling.handle_due()
    sandbox.tick(handling.LEASE.total_seconds() + 1)
    handle()
    assert one().outcome == Outcome.TAKEN
    handling._finish(dead[0], outcome=Outcome.ODD)
    assert one().outcome == Outcome.TAKEN, "what the dead one finds out late does not count"


@pytest.mark.django_db(transaction=True)
def test_a_burst_shuffled_and_thrice_more_by_four_workers(
    transactional_db, sandbox, sender, door, workspace, project_id
):
    """Every call gets its state, and there are no more rows than events."""
    calls = [call_with(workspace, project_id, f"CA{n:032d}") for n in range(15)]
    events = [told(call.sid, state) for call in calls for state in ("ringing", "in-progress", "completed")] * 4
    random.Random(7).shuffle(events)
    for event in events:
        assert deliver(sender, door, event).status_code == 200
    Event.objects.update(due_at=timezone.now())
    handle()
    assert set(Event.objects.values_list("outcome", flat=True)) == {Outcome.WAITING}, "they are still coming in"
    sandbox.tick(2)
    at_once(4, handle)
    handle()
    assert Event.objects.count() == 45 and set(Event.objects.values_list("seen", "outcome")) == {(4, Outcome.TAKEN)}
    assert Call.objects.count() == 15
    assert not Event.objects.exclude(due_at=None).exists() and set(Event.objects.values_list("tries", flat=True)) == {1}
    assert Call.objects.exclude(next_read_at=None).count() == 15, "each is read before its end is believed"


def test_one_event_about_several_calls(sender, door, sandbox, workspace, project_id):
    calls = [call_with(workspace, project_id, f"CA{n}") for n in range(3)]
    deliver(
        sender,
        door,
        [told("CA0", "ringing"), told("CA1", "in-progress"), told("CA2", "completed"), told("CA9", "busy")],
    )
    handle()
    for call in calls:
        call.refresh_from_db()
    assert [call.state for call in calls] == ["ringing", "in-progress", "queued"]
    assert {call.observations.get().state for call in calls} == {"ringing", "in-progress", "completed"}
    assert one().call == calls[0] and "names 4 calls" in one().words and Call.objects.count() == 3


def test_nothing_that_came_in_may_ring(sender, door, sandbox, workspace, project_id):
    for n, state in enumerate(("queued", "initiated", "no-answer", "failed", "sms_sent", "")):
        deliver(sender, door, told(f"CA{n}", state))
    handle()
    while dialing.send_next("worker"):
        pass
    assert not sandbox.rings


def test_two_workspaces_with_the_same_project_id(sender, door, stranger, workspace, project_id):
    """A secret opens one workspace's door alone."""
    other = type(workspace).objects.get(slug="elsewhere")
    theirs = call_with(other, project_id, "CA1")
    deliver(sender, door, told("CA1", "busy"))
    handle()
    theirs.refresh_from_db()
    assert (one().outcome, one().call, theirs.state) == (Outcome.UNKNOWN, None, "queued")
    assert addresses.of_project(other, project_id) is None


# --- A call whose answer was lost ---------------------------------------------------------------------------------------
@pytest.fixture
def lost(sandbox, posting, operator, agent):
    """It rang, its answer was lost, and the history never shows it; Talkstack's updates name it."""
    sandbox.faults.add("history", lose=1, times=0)
    rule = sandbox.faults.add("lost", path="/call/makeCall", method="POST")
    call = call_of(start(operator, agent, ANSWERED))
    send()
    sandbox.faults.clear(rule.id)
    call.refresh_from_db()
    assert call.attempt == "unknown"
    return call


def test_an_update_that_names_a_lost_call_leads_to_it(sandbox, posting, lost, operator, viewer, project_id):
    """Talkstack's own answer about the named call fits one attempt, and no other call does: it is that call."""
    sandbox.tick(60)
    assert posting() >= 3
    handling.handle_due()
    sandbox.tick(4)
    handle()
    event = Event.objects.order_by("received_at").first()
    assert (event.outcome, event.call) == (Outcome.UNKNOWN, lost)
    page = words(viewer.get(at(project_id, "webhook/events/")))
    assert page.count("May be an unknown call") == 5 and "may be the unknown call to +1 206 555 0121" in page
    assert "a call not known here" not in page
    assert f"/calls/{lost.pk}/" in text(viewer.get(at(project_id, f"webhook/events/{event.pk}/")))
    page = words(operator.get(f"/w/oak-care/projects/{project_id}/calls/{lost.pk}/"))
    assert "Talkstack was asked, and tells of one call that fits" in page and "It was this one" in page
    work(sandbox, 30)
    lost.refresh_from_db()
    assert (lost.attempt, lost.sid, len(sandbox.rings)) == ("placed", sandbox.rings[0].sid, 1)
    page = words(operator.get(f"/w/oak-care/projects/{project_id}/calls/{lost.pk}/"))
    assert "Found: an update named it, and Talkstack's own answer fits" in page
    assert "a call not known here" not in words(viewer.get(at(project_id, "webhook/events/")))
    sandbox.tick(400)
    handle()
    assert set(Event.objects.values_list("outcome", "call")) == {(Outcome.TAKEN, lost.pk)}
    page = words(operator.get(f"/w/oak-care/projects/{project_id}/calls/{lost.pk}/"))
    assert "Ringing Talkstack's update" in page and "not believed" not in page, "they told it in its turn"


def test_an_update_after_the_decision_says_what_it_is_and_offers_the_call(sandbox, posting, lost, operator, project_id):
    page = f"/w/oak-care/projects/{project_id}/calls/{lost.pk}/"
    work(sandbox, 700, step=60)
    assert "Your decision is kept" in words(operator.post(f"{page}decide/", follow=True))
    posting()
    handling.handle_due()
    sandbox.tick(4)
    handle()
    shown = words(operator.get(page))
    assert "but Talkstack tells of a call that may be this one, because an update named it" in shown
    assert "history shows a call" not in shown and "has no call that fits" not in shown
    assert "It was this one" in shown and "Nobody was called (" not in shown and ">Nobody was called<" not in shown
    assert "Nothing was changed" in words(operator.post(f"{page}decide/", follow=True))
    work(sandbox, 10)
    lost.refresh_from_db()
    assert (lost.attempt, lost.sid, len(sandbox.rings)) == ("placed", sandbox.rings[0].sid, 1)


def test_an_update_that_talkstack_does_not_confirm_is_put_to_a_person(
    sandbox, sender, door, lost, operator, project_id
):
    """Nothing signs an update: it never settles an attempt, and it is not kept from who has to decide either."""
    for _ in range(2):
        deliver(sender, door, told("CA" + "e" * 32, "ringing", to=ANSWERED, **{"from": lost.from_number}))
        handle()
        sandbox.tick(4)
        handle()
    work(sandbox, 900, step=60)
    lost.refresh_from_db()
    assert lost.attempt == "unknown" and lost.looks >= 3
    page = words(operator.get(f"/w/oak-care/projects/{project_id}/calls/{lost.pk}/"))
    assert "An update speaks of a call to this number at about that time" in page and "not confirmed" in page
    assert "None of these" in page
    address = f"/w/oak-care/projects/{project_id}/calls/{lost.pk}/decide/"
    assert "Nothing was changed" in words(operator.post(address, follow=True))
    operator.post(address, {"none": "1"})
    assert "nobody was called" in words(operator.post(address, follow=True))


def test_a_named_call_that_fits_two_attempts_goes_to_neither_by_itself(
    sandbox, posting, lost, operator, agent, project_id
):
    rule = sandbox.faults.add("500", path="/call/makeCall", method="POST")
    second = call_of(start(operator, agent, ANSWERED, confirm_recent="1"))
    send()
    sandbox.faults.clear(rule.id)
    sandbox.tick(60)
    posting()
    handling.handle_due()
    sandbox.tick(4)
    handle()
    work(sandbox, 600, step=60)
    for call in (lost, second):
        call.refresh_from_db()
        assert (call.attempt, [each["id"] for each in call.candidates]) == ("unknown", [sandbox.rings[0].sid])
        assert "another attempt fits it too" in words(
            operator.get(f"/w/oak-care/projects/{project_id}/calls/{call.pk}/")
        )
    operator.post(f"/w/oak-care/projects/{project_id}/calls/{lost.pk}/decide/", {"candidate": sandbox.rings[0].sid})
    work(sandbox, 7200, step=300)
    second.refresh_from_db()
    assert (second.attempt, second.candidates) == ("unknown", [])
