"""What Talkstack or the database did not do becomes a page, or a notice in #messages; never a trace."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("addresses")]
TABLE = [
    ("refused", 422, "no credit left"),
    ("conflict", 422, "refused this"),
    ("notfound", 404, "not at Talkstack any more"),
    ("key", 502, "refused the key"),
    ("notallowed", 403, "does not allow"),
    ("ratelimited", 503, "Try again in 17 s"),
    ("unavailable", 502, "Nothing was changed"),
    ("unknown", 502, "We do not know whether this went through"),
    ("contract", 502, "could not be understood"),
    ("locked", 503, "Nothing was sent"),
]


@pytest.mark.parametrize(("kind", "status", "words"), TABLE)
def test_as_a_page(client, kind, status, words):
    answer = client.get(f"/fail/{kind}/")
    assert answer.status_code == status
    assert words in answer.content.decode() and "<html" in answer.content.decode()


@pytest.mark.parametrize(("kind", "status", "words"), TABLE)
def test_as_a_notice(htmx, kind, status, words):
    answer = htmx(f"/fail/{kind}/", "calls-table")
    assert answer.status_code == status
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#messages", "innerHTML")
    assert words in answer.content.decode() and "<html" not in answer.content.decode()


def test_trying_again_is_offered_only_where_it_is_safe(client):
    assert "Try again</a>" in client.get("/fail/unavailable/").content.decode()
    assert "Try again</a>" not in client.post("/fail/unavailable/").content.decode()
    assert "send it again" in client.post("/fail/unavailable/").content.decode()
    assert "again</a>" not in client.get("/fail/unknown/").content.decode()


def test_an_unknown_outcome_leads_to_the_list(client):
    answer = client.get("/frame/?fail=unknown").content.decode()
    assert "Look at the list" in answer and "Try again" not in answer


def test_a_refused_key_signs_nobody_out(client):
    answer = client.get("/frame/?fail=key")
    assert answer.status_code == 502 and "still signed in" in answer.content.decode()
    assert "sessionid" not in answer.cookies


def test_how_long_to_wait_is_in_the_header(client):
    assert client.get("/fail/ratelimited/")["Retry-After"] == "17"


def test_a_bug_says_nothing_of_itself(htmx):
    quiet = Client(raise_request_exception=False)
    page = quiet.get("/fail/bug/")
    assert page.status_code == 500 and "Something broke" in page.content.decode()
    assert "secret detail" not in page.content.decode() and page["X-Request-ID"] in page.content.decode()
    notice = quiet.get("/fail/bug/", headers={"HX-Request": "true"})
    assert notice.status_code == 500 and notice["HX-Retarget"] == "#messages" and "<html" not in notice.content.decode()


def test_an_address_that_leads_nowhere(client, htmx):
    assert "not here" in client.get("/no/such/page/").content.decode()
    assert htmx("/no/such/page/")["HX-Retarget"] == "#messages"


def test_a_host_that_is_not_ours(client):
    answer = Client(raise_request_exception=False).get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400 and "could not be read" in answer.content.decode()


def test_a_stale_form_is_explained():
    strict = Client(enforce_csrf_checks=True)
    for headers in ({}, {"HX-Request": "true"}):
        answer = strict.post("/show/", headers=headers)
        assert answer.status_code == 403 and "too old to be sent" in answer.content.decode()
