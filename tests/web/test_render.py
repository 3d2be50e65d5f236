"""A page, or the fragment that was asked for and is allowed."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("addresses")]


def text(answer):
    return answer.content.decode()


def test_a_page(client):
    answer = client.get("/show/")
    assert "whole" in text(answer) and 'id="pair"' in text(answer)
    assert {"HX-Request", "HX-Target"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_an_allowed_fragment(htmx):
    answer = htmx("/show/", "pair")
    assert text(answer).strip() == '<p id="pair">7</p>'
    assert "HX-Target" in answer["Vary"]


@pytest.mark.parametrize("target", ["", "other", "pair#x", "../x"])
def test_any_other_target_gets_the_page(htmx, target):
    assert "whole" in text(htmx("/show/", target))


@pytest.mark.parametrize("header", [{"HX-History-Restore-Request": "true"}, {"HX-Boosted": "true"}])
def test_restored_and_boosted_pages_are_whole(htmx, header):
    assert "whole" in text(htmx("/show/", "pair", **header))


def test_a_target_may_be_mapped_to_a_partial(htmx):
    assert text(htmx("/show/?mapped=1", "dialog-body")).strip() == '<p id="pair">7</p>'
    assert "whole" in text(htmx("/show/?mapped=1", "pair"))


def test_the_status_is_kept(htmx):
    assert htmx("/show/?status=422", "pair").status_code == 422


def test_messages_come_along_out_of_band(htmx):
    answer = text(htmx("/show/?say=Northgate+<b>was+created.", "pair"))
    assert answer.startswith('<p id="pair">') and 'hx-swap-oob="true"' in answer
    assert "Northgate &lt;b&gt;was created." in answer
    assert "hx-swap-oob" not in text(htmx("/show/", "pair")), "a message is shown once"


def test_redirect(client, htmx):
    answer = client.post("/go/")
    assert (answer.status_code, answer["Location"]) == (303, "/healthz")
    assert htmx("/go/", method="post")["HX-Redirect"] == "/healthz"
