"""Saved views: one's own and the team's, kept as plain addresses, and gone with the number or the person they are about."""

import html
import re

import pytest
from django.utils import timezone

from dashboard.accounts.models import Membership
from dashboard.activity.models import Entry
from dashboard.calls.models import SavedView
from tests.conftest import join, text

LIST, VIEWS, SAVE = "/w/oak-care/calls/", "/w/oak-care/calls/views/", "/w/oak-care/calls/views/save/"


def save(client, name, query, whose="mine", **more):
    return client.post(SAVE, {"name": name, "query": query, "whose": whose, "project_id": "", **more})


def names(client):
    found = re.search(
        r'<details class="pop" data-menu><summary class="btn">.*?Views</summary>(.*?)<details class="keep">',
        text(client.get(LIST)),
        re.S,
    )
    return re.findall(r"<bdi>(.*?)</bdi>", found[1])


def test_a_view_is_saved_used_renamed_and_deleted(viewer, operator):
    page = text(viewer.get(f"{LIST}?state=voicemail&days=30&sort=-seconds&columns=agent,length"))
    query = html.unescape(re.search(r'name="query" value="([^"]*)"', page)[1])
    answer = save(viewer, "  Voicemails  of\tthe month ", query)
    assert answer.status_code == 303 and answer["Location"].startswith(
        f"{LIST}?days=30&state=voicemail&sort=-seconds&columns="
    )
    page = text(viewer.get(answer["Location"]))
    assert "Saved as “Voicemails of the month”" in page and 'aria-current="true"><bdi>Voicemails of the month' in page
    view = SavedView.objects.get()
    assert not view.team and names(operator) == [] and names(viewer) == ["Voicemails of the month"]
    listed = text(viewer.get(VIEWS))
    assert (
        "Last 30 days; Voicemail; Longest first; Columns: Agent, Length<" in listed
        and "Voicemails of the month" not in text(operator.get(VIEWS))
    )
    assert viewer.post(f"{VIEWS}{view.pk}/rename/", {"name": "Messages"}).status_code == 303
    assert viewer.post(f"{VIEWS}{view.pk}/rename/", {"name": " "}).status_code == 422
    assert names(viewer) == ["Messages"]
    for verb in ("rename", "delete"):
        assert operator.post(f"{VIEWS}{view.pk}/{verb}/", {"name": "x"}).status_code == 404
    assert viewer.post(f"{VIEWS}{view.pk}/delete/").status_code == 303
    assert not SavedView.objects.exists()
    told = Entry.objects.filter(kind="view")
    assert {entry.verb for entry in told} == {"view.save", "view.rename", "view.delete"}
    assert "Messages" not in str([(entry.thing_name, entry.before, entry.after) for entry in told]), (
        "nobody else's affair"
    )


def test_views_of_the_team_are_the_admins(viewer, operator, admin):
    for client in (viewer, operator):
        assert save(client, "Ours", "state=busy", "team").status_code == 403
    assert save(admin, "Ours", "state=busy", "team").status_code == 303
    view = SavedView.objects.get()
    assert view.team and names(viewer) == names(admin) == ["Ours"]
    assert "made by Admin Sample" in text(viewer.get(VIEWS)) and "/rename/" not in text(viewer.get(VIEWS))
    for verb in ("rename", "delete"):
        assert operator.post(f"{VIEWS}{view.pk}/{verb}/", {"name": "Theirs"}).status_code == 403
    assert admin.post(f"{VIEWS}{view.pk}/rename/", {"name": "Busy lines"}).status_code == 303
    entry = Entry.objects.get(verb="view.rename")
    assert (entry.before, entry.after) == ({"name": "Ours"}, {"name": "Busy lines"})
    assert Entry.objects.get(verb="view.save").after == {"filters": ["Last 7 days", "Busy"]}
    assert admin.post(f"{VIEWS}{view.pk}/delete/").status_code == 303 and names(viewer) == []


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("before=2026-01-01T00:00:00%2B00:00~x&state=busy&days=7&evil=1&format=csv", "days=7&state=busy"),
        ("state=<script>&days=';DROP&sort=__class__&a_x=1&columns=to,../..", "days=7&columns=to"),
        ("?&&&=%00%ff", "days=7"),
        ("q=" + "x" * 5000, "days=7&q=" + "x" * 200),
    ],
)
def test_only_filters_are_kept(viewer, query, kept):
    assert save(viewer, "Odd", query).status_code == 303
    assert SavedView.objects.get().query == kept
    assert viewer.get(f"{LIST}?{kept}").status_code == 200


def test_what_is_not_taken_says_why_and_keeps_what_was_typed(viewer, admin, workspace):
    for client, whose, words in ((viewer, "mine", "You have a view"), (admin, "team", "The team has a view")):
        assert save(client, "Same", "state=busy", whose).status_code == 303
        answer = save(client, "sAME", "state=failed&days=30", whose)
        page = text(answer)
        assert answer.status_code == 422 and words in page and 'value="sAME"' in page and "Last 30 days; Failed" in page
        assert "state=failed" in html.unescape(page)
    assert save(viewer, "", "state=busy").status_code == save(viewer, "x" * 81, "").status_code == 422
    assert save(viewer, "x", "", "everybody").status_code == 422
    member = Membership.objects.get(workspace=workspace, user__email="viewer@oakcare.example")
    for n in range(49):
        SavedView.objects.create(workspace=workspace, member=member, name=f"View {n}", query="days=7")
    answer = save(viewer, "One more", "state=busy")
    assert answer.status_code == 422 and "50 views already" in text(answer)
    assert save(admin, "One more", "state=busy").status_code == 303, "everybody has fifty"


def test_a_view_of_a_project_is_on_its_list(viewer, project_id):
    answer = save(viewer, "North", "state=busy", project_id=project_id)
    assert answer["Location"].startswith(f"/w/oak-care/projects/{project_id}/calls/?")
    assert "North</bdi>" in text(viewer.get(answer["Location"])) and names(viewer) == []
    viewer.get("/w/oak-care/projects/")
    assert "in Northgate Clinics" in text(viewer.get(VIEWS))
    assert save(viewer, "Odd", "", project_id="../a/b").status_code == 422


def test_who_leaves_takes_their_views_and_leaves_the_teams(admin, owner, viewer, workspace):
    save(admin, "The team's", "state=busy", "team")
    save(admin, "Mine", "state=failed")
    member = Membership.objects.get(workspace=workspace, user__email="admin@oakcare.example")
    member.user.name = ""
    owner.post(f"/w/oak-care/team/{member.pk}/remove/", {"confirm": "on", "password": "practice-makes-calm"})
    if Membership.objects.filter(pk=member.pk).exists():
        member.delete()
    assert [view.name for view in SavedView.objects.all()] == ["The team's"]
    member.user.delete()
    assert "The team&#x27;s" in text(viewer.get(VIEWS)) and "somebody who has left" in text(viewer.get(VIEWS))


def test_views_with_a_forgotten_number_are_forgotten(admin, owner, viewer, workspace):
    from dashboard.calls import saved
    from dashboard.web import spelling

    number = "+12065550137"
    for name, query in (
        ("By number", "number=%2B12065550137"), ("By search", "q=(206)+555-0137"), ("For +1 206 555 0137", "state=busy"),
        ("Another", "number=%2B12065550138"), ("As our line", "line=%2B12065550137"),
    ):  # fmt: skip
        assert save(admin, name, query, "team").status_code == 303
    entries = str(list(Entry.objects.filter(verb="view.save").values_list("thing_name", "after")))
    assert not spelling.of(number).names(entries), "the activity does not name it either"
    assert saved.forget_number(workspace, spelling.of(number), True, timezone.now())() == 3
    assert saved.forget_number(workspace, spelling.of(number), False, timezone.now())() == 1
    assert [view.name for view in SavedView.objects.all()] == ["Another"]


def test_a_page_with_fifty_views_costs_what_one_costs(workspace, django_assert_max_num_queries):
    client = join(workspace, "viewer")
    for n in range(50):
        SavedView.objects.create(
            workspace=workspace, name=f"View {n}", query="days=7&agent=a1", names={"a1": "Reminder"}
        )
    with django_assert_max_num_queries(8):
        page = text(client.get(VIEWS))
    assert page.count("Agent: Reminder") == 50
