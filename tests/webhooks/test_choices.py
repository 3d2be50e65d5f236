"""This dashboard, another system, or both: what Talkstack is told, what is kept, and what the page says of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.accounts.models import Snapshot
from dashboard.accounts.upstream import Upstream
from dashboard.activity.models import Entry
from dashboard.webhooks import addresses, watching
from dashboard.webhooks.forms import WebhookForm
from dashboard.webhooks.models import Endpoint, Event, Secret
from tests.conftest import text
from tests.projects.conftest import at, follow, hidden, words
from tests.webhooks.conftest import HERE, call_with, deliver, told

THEIRS = "http://127.0.0.1:9/crm"


@pytest.fixture(autouse=True)
def here(settings: Any) -> None:
    """The stand-in reaches this machine only."""
    settings.PUBLIC_URL = HERE


def choose(client: Any, project_id: str, choice: str, url: str = "") -> Any:
    page = client.get(at(project_id, "webhook/"))
    fields = {"choice": choice, "webhook_url": url, "loaded": hidden(page, "loaded")}
    return client.post(at(project_id, "webhook/"), fields)


def stored(sandbox: Any, project_id: str) -> str:
    """The address that Talkstack has, whole."""
    return str(sandbox.store.projects[project_id].webhook)


def test_this_dashboard(admin, viewer, sandbox, project_id, workspace):
    said = follow(admin, choose(admin, project_id, "ours"))
    assert "Updates of Northgate Clinics go to this dashboard now." in said
    url = stored(sandbox, project_id)
    assert re.fullmatch(rf"{HERE}/hooks/hook-[\w-]{{43}}/", url)
    token = url.split("/")[4]
    assert Secret.objects.get().digest == addresses.digest(token) and token not in Secret.objects.get().sealed
    masked = f"{HERE}/hooks/••••{token[-4:]}/"
    assert masked in said and Entry.objects.get(verb="project.webhook").after == {"webhook_url": masked}
    for client, pages in ((viewer, ["", "webhook/events/"]), (admin, ["", "?fresh=1", "webhook/", "edit/", "delete/"])):
        for page in pages:
            assert token not in text(client.get(at(project_id, page))), page
    assert "tells this dashboard" in words(viewer.get(at(project_id))).replace("<b>", "")
    Upstream(workspace).fresh()
    assert not [row for row in Snapshot.objects.all() if token in row.payload]
    assert "nothing had to be changed" in follow(admin, choose(admin, project_id, "ours"))
    assert stored(sandbox, project_id) == url and Secret.objects.count() == 1


def test_both(admin, sandbox, project_id):
    sandbox.store.projects[project_id].webhook = "https://old.example.com/x"
    said = follow(admin, choose(admin, project_id, "both", THEIRS))
    assert f"Each is passed on to {THEIRS}. Before, they went to https://old.example.com/x." in said
    assert "/hooks/hook-" in stored(sandbox, project_id) and Endpoint.objects.get().relay_url == THEIRS
    page = words(admin.get(at(project_id, "webhook/")))
    assert "it was https://old.example.com/x" in page and f"passed on to: {THEIRS}" in page
    said = follow(admin, choose(admin, project_id, "ours"))
    assert "go to this dashboard now" in said and Endpoint.objects.get().relay_url == ""
    assert [entry.verb for entry in Entry.objects.filter(verb="webhook.relay")] == ["webhook.relay"] * 2


def test_back_to_theirs_alone(admin, sandbox, project_id):
    choose(admin, project_id, "both", THEIRS)
    said = follow(admin, choose(admin, project_id, "theirs", THEIRS))
    assert f"go to {THEIRS} now. Before, they went to this dashboard." in said
    assert stored(sandbox, project_id) == THEIRS and Endpoint.objects.get().relay_url == ""
    assert "Talkstack tells another system:" in words(admin.get(at(project_id, "webhook/")))


def test_a_refusal_leaves_everything_and_tells_no_secret(admin, sandbox, project_id):
    sandbox.faults.add("422", path="/project/call-status", body={"message": f"bad {HERE}/hooks/hook-{'s' * 43}/"})
    page = choose(admin, project_id, "ours")
    assert page.status_code == 422 and f"bad {HERE}/hooks/••••ssss/" in words(page) and "s" * 20 not in text(page)
    assert stored(sandbox, project_id) == "None" and Endpoint.objects.get().told_at is None


def test_where_talkstack_cannot_reach_us_it_is_said(admin, settings, project_id, asked):
    settings.PUBLIC_URL = "https://dashboard.example.com"
    page = choose(admin, project_id, "ours")
    assert page.status_code == 422 and "Talkstack cannot reach this dashboard" in words(page) and not asked.writes()
    assert "Type the address" not in words(page), "the other system's address is not what is wrong"


@pytest.mark.parametrize(
    ("url", "practice", "why"),
    [
        ("http://127.0.0.1:8000", True, ""),
        ("http://127.0.0.1:8000", False, "only this machine"),
        ("https://10.1.2.3", False, "private network"),
        ("https://[fd00::1]", False, "private network"),
        ("http://1.1.1.1", False, "no https address"),
        ("https://1.1.1.1", False, ""),
        ("https://1.1.1.1", True, "reaches this machine only"),
    ],
)
def test_what_public_url_says(settings, url, practice, why):
    settings.PUBLIC_URL, settings.HTTPS = url, url.startswith("https")
    found = addresses.unreachable(practice)
    assert (why in found) if why else found == ""


PRIVATE = [
    "https://127.0.0.1/", "https://[::1]/", "https://0.0.0.0/", "https://169.254.169.254/", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://[::ffff:127.0.0.1]/", "https://[2002:7f00:1::]/",
    "https://[64:ff9b::7f00:1]/", "https://0x7f.1/", "https://2130706433/", "https://localhost./", "https://localhost/",
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
@pytest.mark.item("S55")
@pytest.mark.item("S56")
def test_events_are_passed_on_to_no_private_address(url, settings):
    settings.PUBLIC_URL, settings.HTTPS = "https://1.1.1.1", True
    form = WebhookForm({"choice": "both", "webhook_url": url}, practice=False)
    assert not form.is_valid() and re.search("private network|was found", str(form.errors))


@pytest.mark.parametrize(
    "url", ["http://1.1.1.1/", "https://user:secret@1.1.1.1/", "ftp://1.1.1.1", "https://1.1.1.1/\\x"]
)
@pytest.mark.item("S56")
def test_other_addresses_that_are_refused(url, settings):
    settings.PUBLIC_URL, settings.HTTPS = "https://1.1.1.1", True
    assert not WebhookForm({"choice": "both", "webhook_url": url}, practice=False).is_valid()
    assert WebhookForm({"choice": "both", "webhook_url": "https://1.1.1.1/"}, practice=False).is_valid()


def test_our_own_address_is_no_other_system(admin, project_id, asked):
    for choice in ("both", "theirs"):
        page = choose(admin, project_id, choice, f"{HERE}/hooks/hook-{'a' * 43}/")
        assert page.status_code == 422 and "an address of this dashboard" in words(page)
    assert not asked.writes()


def test_rotating(admin, sender, sandbox, project_id):
    choose(admin, project_id, "ours")
    old = stored(sandbox, project_id).removeprefix(HERE)
    said = follow(admin, admin.post(at(project_id, "webhook/address/new/")))
    new = stored(sandbox, project_id).removeprefix(HERE)
    assert "Talkstack has the new address. The old one counts for 7 more days" in said and old != new
    assert deliver(sender, old, told("CA1", "ringing")).status_code == 200
    assert deliver(sender, new, told("CA2", "ringing")).status_code == 200
    first, second = Secret.objects.order_by("created_at", "pk")
    page = admin.get(at(project_id, "webhook/"))
    assert "End the old one now" in words(page) and words(page).count("Last used") == 2
    said = follow(admin, admin.post(at(project_id, f"webhook/address/{second.pk}/end/")))
    assert "Talkstack still sends to this address" in said
    said = follow(admin, admin.post(at(project_id, f"webhook/address/{first.pk}/end/")))
    assert f"ending in {first.hint} opens nothing" in said
    assert deliver(sender, old, told("CA3", "ringing")).status_code == 401
    assert deliver(sender, new, told("CA3", "ringing")).status_code == 200
    verbs = set(Entry.objects.filter(verb__startswith="webhook").values_list("verb", flat=True))
    assert verbs == {"webhook.secret", "webhook.secret_end"}


def test_an_old_secret_ends_after_seven_days(admin, sender, sandbox, project_id):
    choose(admin, project_id, "ours")
    old = stored(sandbox, project_id).removeprefix(HERE)
    admin.post(at(project_id, "webhook/address/new/"))
    sandbox.tick(timedelta(days=6, hours=23).total_seconds())
    assert deliver(sender, old, told("CA1", "ringing")).status_code == 200
    sandbox.tick(7200)
    assert deliver(sender, old, told("CA2", "ringing")).status_code == 401


def test_a_rotation_that_talkstack_did_not_take(admin, sender, sandbox, project_id):
    choose(admin, project_id, "ours")
    old = stored(sandbox, project_id).removeprefix(HERE)
    sandbox.faults.add("500", path="/project/call-status")
    said = follow(admin, admin.post(at(project_id, "webhook/address/new/")))
    assert "Talkstack does not show it" in said and stored(sandbox, project_id).endswith(old)
    sandbox.tick(timedelta(days=30).total_seconds())
    assert deliver(sender, old, told("CA1", "ringing")).status_code == 200, "nothing ends that Talkstack still sends to"


def test_showing_the_address(admin, sandbox, project_id):
    choose(admin, project_id, "ours")
    page = admin.post(at(project_id, "webhook/address/"))
    assert stored(sandbox, project_id) in text(page) and page["Cache-Control"] == "no-store"
    assert Entry.objects.filter(verb="webhook.show").count() == 1


@pytest.mark.item("S23")
def test_the_secret_takes_a_fresh_password(admin, sandbox, project_id, settings):
    choose(admin, project_id, "ours")
    sandbox.tick(settings.FRESH_PASSWORD_SECONDS + 1)
    for path in ("webhook/address/", "webhook/address/new/"):
        page = admin.post(at(project_id, path))
        assert page.status_code == 403 and "hook-" not in text(page)
    assert Secret.objects.count() == 1


def test_an_address_that_was_changed_elsewhere_is_noticed(admin, sandbox, project_id, workspace):
    from dashboard.web import registry

    choose(admin, project_id, "ours")
    sandbox.tick(1000)
    assert watching.look() and not watching.look() and not registry.decisions(workspace)
    sandbox.store.projects[project_id].webhook = "https://stolen.example.com/"
    sandbox.tick(1000)
    watching.look()
    decision = next(iter(registry.decisions(workspace)))
    assert "Somebody changed the webhook of Northgate Clinics" in decision.title
    assert "https://stolen.example.com/" in decision.words and decision.role == "admin"
    choose(admin, project_id, "ours")
    assert not registry.decisions(workspace)


def test_silence_is_noticed(admin, sender, sandbox, project_id, workspace):
    from dashboard.web import registry

    choose(admin, project_id, "ours")
    sandbox.tick(60)
    call_with(workspace, project_id, "CA1", final_at=timezone.now(), state="completed")
    assert not registry.decisions(workspace)
    sandbox.tick(600)
    assert [each.title for each in registry.decisions(workspace)] == ["The webhook of Northgate Clinics is silent"]
    assert "No event comes." in words(admin.get(at(project_id, "webhook/")))
    deliver(sender, stored(sandbox, project_id).removeprefix(HERE), told("CA1", "completed"))
    assert not registry.decisions(workspace)
    assert "No event comes." not in words(admin.get(at(project_id, "webhook/")))


def test_a_secret_that_no_longer_counts_is_said(admin, sandbox, project_id):
    choose(admin, project_id, "ours")
    Secret.objects.all().delete()
    assert "Events do not arrive." in words(admin.get(at(project_id, "webhook/")))
    assert "go to this dashboard now" in follow(admin, choose(admin, project_id, "ours"))
    assert "Events do not arrive." not in words(admin.get(at(project_id, "webhook/")))


def test_a_deleted_project_is_no_longer_looked_at(admin, sandbox, project_id, workspace):
    choose(admin, project_id, "ours")
    sandbox.store.projects[project_id].is_deleted = True
    sandbox.tick(1000)
    watching.look()
    assert Endpoint.objects.get().gone_at and not watching.look()


def test_few_queries(admin, sandbox, project_id, sender, django_assert_max_num_queries):
    choose(admin, project_id, "ours")
    door = stored(sandbox, project_id).removeprefix(HERE)
    for n in range(12):
        deliver(sender, door, told(f"CA{n}", "ringing"))
    admin.get(at(project_id, "webhook/"))
    with django_assert_max_num_queries(8):
        admin.get(at(project_id, "webhook/"))
    with django_assert_max_num_queries(8):
        admin.get(at(project_id, "webhook/events/"))
    with django_assert_max_num_queries(8):
        admin.get(at(project_id, f"webhook/events/{Event.objects.first().pk}/"))
