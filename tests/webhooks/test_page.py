"""Where Talkstack sends the updates of a project."""

import pytest

from dashboard.activity.models import Entry
from dashboard.webhooks.forms import WebhookForm
from tests.conftest import text
from tests.projects.conftest import HTMX, at, follow, hidden, words

URL = "https://crm.example.com/talkstack"


def test_page_and_fragment(admin, project_id):
    page = admin.get(at(project_id, "webhook/"))
    assert page.status_code == 200 and "there is no address" in words(page) and "no way to remove it" in words(page)
    piece = admin.get(at(project_id, "webhook/"), headers=HTMX | {"HX-Target": "webhook-form"})
    assert "<html" not in text(piece)


def test_set_and_read_back(admin, sandbox, project_id, asked):
    said = follow(admin, admin.post(at(project_id, "webhook/"), {"webhook_url": URL}))
    assert f"Updates of Northgate Clinics go to {URL} now." in said
    assert sandbox.store.projects[project_id].webhook == URL
    sent = asked.bodies[asked.seen.index("POST /project/call-status/add-webhookurl")]
    assert sent == {"projectId": project_id, "webhookURL": URL}
    assert Entry.objects.get(verb="project.webhook").after == {"webhook_url": URL}


def test_replacing_shows_the_old_one_beside_the_new(admin, sandbox, project_id):
    sandbox.store.projects[project_id].webhook = "https://old.example.com/x"
    page = admin.get(at(project_id, "webhook/"))
    assert "https://old.example.com/x" in words(page) and "Replace the address" in words(page)
    fields = {"webhook_url": URL, "loaded": hidden(page, "loaded")}
    said = follow(admin, admin.post(at(project_id, "webhook/"), fields))
    assert f"go to {URL} now. Before, they went to https://old.example.com/x." in said


def test_the_same_address_sends_nothing(admin, sandbox, project_id, asked):
    sandbox.store.projects[project_id].webhook = URL
    said = follow(admin, admin.post(at(project_id, "webhook/"), {"webhook_url": URL}))
    assert "already" in said and asked.writes() == []


BAD = {
    "": "cannot be removed|Type the address",
    "This is a demo project.": "space",
    "crm.example.com": "Start with https://",
    "ftp://crm.example.com": "Start with https://",
    "javascript:alert(1)": "Start with https://",
    "https://": "Start with https://",
    "https://user:secret@crm.example.com/": "Leave out the name and password",
    "https://crm.example.com:99999/": "cannot be read",
    "https://[::1/": "cannot be read",
    "https://crm.example.com/\u202e": "invisible",
}


@pytest.mark.parametrize("url", BAD)
def test_bad_addresses_are_explained_and_kept(admin, project_id, asked, url):
    page = admin.post(at(project_id, "webhook/"), {"webhook_url": url})
    assert page.status_code == 422 and any(part in words(page) for part in BAD[url].split("|"))
    assert asked.writes() == []
    piece = admin.post(at(project_id, "webhook/"), {"webhook_url": url}, headers=HTMX | {"HX-Target": "webhook-form"})
    assert piece.status_code == 422 and "<html" not in text(piece)


def test_plain_http_only_for_practice_and_this_machine():
    def fits(url, practice):
        return WebhookForm({"webhook_url": url}, practice=practice).is_valid()

    assert fits("http://crm.example.com/", True) and not fits("http://crm.example.com/", False)
    assert fits("http://127.0.0.1:8000/", False) and fits("https://crm.example.com/", False)


def test_somebody_else_changed_it_first(admin, sandbox, project_id, asked):
    loaded = hidden(admin.get(at(project_id, "webhook/")), "loaded")
    sandbox.store.projects[project_id].webhook = "https://theirs.example.com/"
    page = admin.post(at(project_id, "webhook/"), {"webhook_url": URL, "loaded": loaded})
    assert page.status_code == 409 and "https://theirs.example.com/" in text(page) and URL in text(page)
    assert asked.writes() == []
    again = admin.post(at(project_id, "webhook/"), {"webhook_url": URL, "loaded": hidden(page, "loaded")})
    assert again.status_code == 303


def test_taken_but_not_stored_is_said(admin, sandbox, project_id):
    path = f"/project/{project_id}"
    sandbox.faults.add("set", path=path, method="GET", skip=1, times=0, key="call_status_webhook", value=None)
    answer = admin.post(at(project_id, "webhook/"), {"webhook_url": URL})
    assert "Talkstack took the new address, but still shows none." in follow(admin, answer)


def test_not_read_back_is_said(admin, sandbox, project_id):
    sandbox.faults.add("500", path=f"/project/{project_id}", method="GET", skip=1, times=0)
    answer = admin.post(at(project_id, "webhook/"), {"webhook_url": URL})
    sandbox.faults.clear()
    assert "could not be read back" in follow(admin, answer)


def test_lost_answer_and_unknown(admin, sandbox, project_id):
    sandbox.faults.add("lost-close", path="/project/call-status")
    assert f"go to {URL} now" in follow(admin, admin.post(at(project_id, "webhook/"), {"webhook_url": URL}))
    sandbox.faults.add("close", path="/project/call-status")
    page = admin.post(at(project_id, "webhook/"), {"webhook_url": f"{URL}/2"})
    assert page.status_code == 502 and "do not know whether" in words(page) and f"{URL}/2" in text(page)


def test_refused_and_down(admin, sandbox, project_id):
    sandbox.faults.add("422", path="/project/call-status")
    page = admin.post(at(project_id, "webhook/"), {"webhook_url": URL})
    assert page.status_code == 422 and "refused" in words(page) and URL in text(page)
    sandbox.faults.add("down", times=0)
    page = admin.get(at(project_id, "webhook/"))
    assert page.status_code == 502 and "is what was last known" in words(page) and "Log of events" in text(page)
    page = admin.post(at(project_id, "webhook/"), {"webhook_url": URL})
    assert page.status_code == 502 and "Nothing was saved." in words(page) and URL in text(page)


def test_who_may(owner, operator, viewer, stranger, project_id):
    url = at(project_id, "webhook/")
    assert viewer.get(url).status_code == 403 and operator.post(url).status_code == 403
    assert stranger.get(url).status_code == 404 and owner.put(url).status_code == 405
    assert owner.get(at("no-such", "webhook/")).status_code == 404
