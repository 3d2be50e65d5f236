"""The answer to make-the-call goes astray: at most one ring, and the truth in the end through that server's history."""

import time

import pytest

from dashboard.calls.models import Call

from .dialects import DIALECTS, Dialect
from .journey import CALLED, Journey

FAULTS = ("late", "cut", "half", "500", "html")
QUICK = [dialect for dialect in DIALECTS if not dialect.slow]
PAIRS = [(dialect, FAULTS[place % 5]) for place, dialect in enumerate(QUICK)]
ids = [f"{dialect.name}-{fault}" for dialect, fault in PAIRS]


def told(journey: Journey, call: Call) -> str:
    page = journey.call_page(call)
    call.refresh_from_db()
    return page


@pytest.mark.parametrize(("dialect", "fault"), PAIRS, ids=ids)
def test_it_rang_and_the_answer_got_lost(journey, elsewhere, dialect, fault):
    journey.find_ready()
    elsewhere.fault = fault
    call = journey.start_call()
    journey.send()
    assert len(elsewhere.rings) == 1
    page = told(journey, call)
    assert call.attempt == "unknown"
    assert "It is not known whether this phone rang" in page
    journey.work(320, histories=True)
    page = told(journey, call)
    assert len(elsewhere.rings) == 1
    assert (call.attempt, call.sid) == ("placed", elsewhere.rings[0]["sid"]), page
    assert call.state == dialect.life[-1][1].replace("_", "-")
    assert Call.objects.count() == 1


@pytest.mark.parametrize("dialect", QUICK, ids=lambda dialect: dialect.name)
def test_it_never_got_there(journey, elsewhere, dialect):
    journey.find_ready()
    elsewhere.fault = "lost"
    call = journey.start_call()
    journey.work(320, histories=True)
    page = told(journey, call)
    assert call.attempt == "unknown"
    assert "It is not known whether this phone rang" in page
    assert call.looks >= 3, page
    address = f"projects/{journey.project}/calls/{call.pk}/"
    journey.browser.post(journey.url(f"{address}decide/"), {"candidate": ""})
    assert "Nobody was called." in told(journey, call)
    journey.work(60)
    assert not elsewhere.rings


@pytest.mark.parametrize("dialect", QUICK, ids=lambda dialect: dialect.name)
def test_it_was_refused(journey, elsewhere, dialect):
    journey.find_ready()
    elsewhere.fault = "refused"
    call = journey.start_call()
    journey.work(12)
    page = told(journey, call)
    assert not elsewhere.rings
    if dialect.errors == "ok":
        assert call.attempt == "unknown"  # a 200 without an id says nothing that may be relied on
    else:
        assert "refused the call; nobody was called" in page
    if dialect.errors in ("json", "text", "error", "errors"):
        assert "this number may not be called" in page


BUSY = Dialect("busy project", history_cap=20, filters="ignored", history="snake", history_under="calls")
DAYS = Dialect("days only", history="calldata", dates="day", history_under="calls")
BARE = Dialect("numbers without plus", history="snake", plain_numbers=True)
STRICT = Dialect("strict about ids", other_sid=True, unknown_sid=400, history="snake")


@pytest.mark.parametrize("dialect", [BUSY], ids=["busy"])
def test_a_short_history_full_of_newer_calls_is_no_proof(journey, elsewhere, dialect):
    """The history reaches back over twenty calls only: that ours is not among them does not mean that nobody was called."""
    journey.find_ready()
    elsewhere.fault = "cut"
    call = journey.start_call()
    journey.send()
    for place in range(25):
        newer = elsewhere.rings[0] | {"sid": f"CA{place:032}", "to": f"+120655502{place:02}", "at": time.time() + 20}
        elsewhere.world.calls.append(newer)
    journey.work(400)
    told(journey, call)
    assert call.looks == 0 or call.attempt == "placed"
    address = f"projects/{journey.project}/calls/{call.pk}/decide/"
    journey.browser.post(journey.url(address), {"candidate": ""})
    told(journey, call)
    assert call.attempt != "not_called"


@pytest.mark.parametrize("dialect", [DAYS], ids=["days"])
def test_a_history_that_knows_only_the_day_leaves_it_to_a_person(journey, elsewhere, dialect):
    journey.find_ready()
    elsewhere.fault = "cut"
    call = journey.start_call()
    journey.work(320)
    told(journey, call)
    assert [each["id"] for each in call.candidates] == [elsewhere.rings[0]["sid"]]
    address = f"projects/{journey.project}/calls/{call.pk}/decide/"
    journey.browser.post(journey.url(address), {"candidate": ""})
    assert told(journey, call) and call.attempt == "unknown"
    journey.browser.post(journey.url(address), {"candidate": elsewhere.rings[0]["sid"]})
    assert told(journey, call) and call.attempt == "placed"


@pytest.mark.parametrize("dialect", [BARE], ids=["bare"])
def test_numbers_without_a_plus_are_the_same_numbers(journey, elsewhere, dialect):
    journey.find_ready()
    elsewhere.fault = "cut"
    call = journey.start_call()
    journey.work(320, histories=True)
    told(journey, call)
    assert call.attempt == "placed"
    assert list(Call.objects.values_list("number", flat=True)) == [CALLED]


@pytest.mark.parametrize("dialect", [STRICT], ids=["strict"])
def test_an_id_that_call_data_refuses_is_looked_up_in_the_history(journey, elsewhere, dialect):
    journey.find_ready()
    call = journey.start_call()
    journey.work(120, histories=True)
    assert "Answered, talked for" in told(journey, call)
    assert call.sid == elsewhere.rings[0]["sid"]
    assert Call.objects.count() == 1
