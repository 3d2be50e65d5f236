"""The activity page: sentences, what came of it, filters, paging, whose entries, and what it costs."""

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.activity.models import Entry
from dashboard.activity.phrases import BY_ANYBODY, PHRASES
from tests.activity.conftest import PAGE, done, fill
from tests.conftest import sign_in, text

WORDS = re.compile(r"\s+")


def said(answer):
    """The text of a page without its tags."""
    return WORDS.sub(" ", re.sub(r"<[^>]*>", "", text(answer)))


def cells(answer):
    return re.findall(r"<tr>\s*<td>(.*?)</td>", text(answer), re.S)


def test_a_deed_through_the_dashboard_is_a_sentence(admin, viewer, project_id):
    admin.post("/w/oak-care/projects/new/", {"name": "East Wing", "description": "Beds"})
    page = said(viewer.get(PAGE))
    assert "Admin Sample created the project East Wing Description: Beds Done" in page
    assert "project.create" not in re.sub(r'value="[^"]*"', "", text(viewer.get(PAGE)))
    made = Entry.objects.get(verb="project.create").outcome.thing_id
    assert f"/w/oak-care/projects/{made}/" in text(viewer.get(PAGE))


def test_the_people_of_the_workspace_are_seen_signing_in_and_out(owner, viewer, stranger, workspace):
    operator = sign_in("viewer@oakcare.example")
    operator.post("/sign-out/")
    owner.post("/sign-in/", {"email": "viewer@oakcare.example", "password": "wrong"})
    page = said(owner.get(PAGE))
    assert "Viewer Sample signed in" in page and "Viewer Sample signed out" in page
    assert (
        "Somebody" in page and "could not sign in as" in page and "viewer@oakcare.example" in page and "Refused" in page
    )
    assert "Address: 127.0.0.1" in page
    assert "Stranger" not in page and "elsewhere" not in page


def test_where_others_signed_in_from_is_for_admins(admin, viewer, owner):
    rows = [WORDS.sub(" ", re.sub("<[^>]*>", "", cell)) for cell in cells(viewer.get(PAGE))]
    assert any("Viewer Sample signed in" in row and "Address" in row for row in rows)
    assert not any("Admin Sample" in row and "Address" in row for row in rows)
    entry = Entry.objects.get(verb="sign_in", user_email="admin@oakcare.example")
    assert "127.0.0.1" not in text(viewer.get(f"{PAGE}{entry.pk}/"))
    assert "127.0.0.1" in text(admin.get(f"{PAGE}{entry.pk}/"))


def test_who_came_later_shows_only_what_came_after(owner, stranger, workspace):
    from dashboard.accounts.models import Membership, User

    stranger.get("/account/")
    Membership.objects.create(
        workspace=workspace, user=User.objects.get(email="stranger@elsewhere.example"), role="viewer",
        created_at=timezone.now(),
    )  # fmt: skip
    assert "Sam Stranger signed in" not in said(owner.get(PAGE))
    stranger.post("/sign-out/")
    assert "Sam Stranger signed out" in said(owner.get(PAGE))


def test_who_went_leaves_their_record_and_what_came_between_stays_out(owner, operator, workspace):
    from dashboard.accounts.models import Membership, User

    someone = User.objects.get(email="operator@oakcare.example")
    workspace.memberships.get(user=someone).end()
    assert "Operator Sample signed in" in said(owner.get(PAGE))
    assert "Operator Sample, no longer here" in text(owner.get(PAGE))
    assert "Operator Sample signed in" in said(owner.get(f"{PAGE}?person=operator@oakcare.example"))
    operator.post("/sign-out/")
    assert "Operator Sample signed out" not in said(owner.get(PAGE)), "that was after they went"
    Membership.objects.create(workspace=workspace, user=someone, role="viewer")
    sign_in("operator@oakcare.example")
    page = said(owner.get(PAGE))
    assert page.count("Operator Sample signed in") == 2 and "Operator Sample signed out" not in page
    assert "no longer here" not in page


def test_namesakes_are_told_apart_in_every_row(owner, viewer):
    viewer.post("/account/", {"name": "robin  OAKLEY", "time_zone": "UTC"})
    page = said(owner.get(PAGE))
    assert "robin OAKLEY (viewer@oakcare.example) signed in" in page
    assert "Robin Oakley (owner@oakcare.example) signed in" in page and "Robin Oakley signed in" not in page
    assert "Robin Oakley (owner@oakcare.example)</option>" in text(owner.get(PAGE))
    entry = Entry.objects.filter(user_email="viewer@oakcare.example").first()
    assert "(viewer@oakcare.example)" in said(owner.get(f"{PAGE}{entry.pk}/"))


def test_what_somebody_does_who_is_elsewhere_too_is_not_told_here(owner, stranger, workspace):
    from dashboard.accounts.models import Membership, User

    someone = User.objects.get(email="stranger@elsewhere.example")
    Membership.objects.create(workspace=workspace, user=someone, role="operator", created_at=timezone.now())
    again = sign_in(someone.email)
    again.post("/account/", {"name": "Another Name", "time_zone": "Asia/Tokyo"})
    rows = [WORDS.sub(" ", re.sub("<[^>]*>", "", cell)) for cell in cells(owner.get(PAGE))]
    theirs = [row for row in rows if "Another Name" in row]
    assert len(theirs) == 2 and not any("Address" in row or "Tokyo" in row for row in theirs)
    for entry in Entry.objects.filter(user=someone, asked_at__gte=someone.memberships.latest("pk").created_at):
        page = text(owner.get(f"{PAGE}{entry.pk}/"))
        assert "127.0.0.1" not in page and "Tokyo" not in page
    taken = b"".join(owner.get(f"{PAGE}export/?format=jsonl").streaming_content).decode()
    assert "Another Name signed in" in taken and "Tokyo" not in taken
    assert "Tokyo" in text(again.get(PAGE)), "one's own is one's own"


def test_a_refused_page_is_an_entry(viewer, owner):
    assert viewer.get("/w/oak-care/projects/new/").status_code == 403
    assert "Viewer Sample was not allowed to create, change and delete projects and agents" in said(owner.get(PAGE))
    entry = Entry.objects.get(verb="access.refused")
    assert "/w/oak-care/projects/new/" in text(owner.get(f"{PAGE}{entry.pk}/")), "in the technical details"


def test_every_verb_is_readable(viewer, workspace):
    verbs = sorted(PHRASES)
    for start in range(0, len(verbs), 20):  # a page shows 50 entries
        here = verbs[start : start + 20]
        for verb in here:
            done(workspace, verb, verb.partition(".")[0], thing_id="t", thing_name="North")
        page = said(viewer.get(PAGE))
        for verb in here:
            head = PHRASES[verb].partition("{name}")[0]
            who = "Somebody" if verb in BY_ANYBODY else Entry.objects.get(thing_id="t", verb=verb).user.name
            assert f"{who} {head}" in page, verb


@pytest.mark.parametrize(
    ("result", "age", "shown"),
    [
        ("done", 0, "Done"),
        ("refused", 0, "Refused"),
        ("not_sent", 0, "Not sent"),
        ("unknown", 0, "Unknown"),
        ("failed", 0, "Failed"),
        ("", 59, "Under way"),
        ("", 61, "Outcome not recorded"),
    ],
)
def test_what_came_of_it(viewer, workspace, sandbox, result, age, shown):
    done(workspace, "agent.update", "agent", thing_name="Reminder", result=result, words="So Talkstack said.")
    sandbox.tick(age)
    row = re.search(r"changed the agent.*?</tr>", text(viewer.get(PAGE)), re.S)[0]
    assert shown in row and ("So Talkstack said." in row) == bool(result)


def test_small_changes_stand_in_the_row_and_long_ones_behind_a_link(viewer, workspace):
    done(
        workspace, "agent.update", "agent", thing_id="a", thing_name="New name", project_id="p",
        before={"name": "Old name", "system_instruction": "Be kind.", "voice_id": "v"},
        after={"name": "New name", "system_instruction": "Be brief.", "voice_id": "v"},
    )  # fmt: skip
    row = cells(viewer.get(PAGE))[0]
    assert "<del>Old name</del> → <ins>New name</ins>" in row and ">and prompt changed</a>" in row
    assert "Be brief" not in row and "Voice" not in row


def test_a_huge_change_is_not_read_for_the_list(viewer, workspace, django_assert_max_num_queries):
    done(workspace, "agent.update", "agent", before={"system_instruction": "x" * 900_000}, after={"name": "y"})
    answer = viewer.get(PAGE)
    assert "a long change" in text(answer) and len(answer.content) < 100_000


def test_links_go_only_where_a_page_can_be(viewer, workspace, project_id):
    pages = f"/w/oak-care/projects/{project_id}/"
    one = {"thing_id": "a1", "thing_name": "Linked", "project_id": project_id}
    done(workspace, "agent.update", "agent", **one)
    assert f'<a href="{pages}agents/a1/">Linked</a>' in text(viewer.get(PAGE))
    done(workspace, "agent.delete", "agent", **one)
    assert f"{pages}agents/a1/" not in text(viewer.get(PAGE))
    done(workspace, "project.create", "project", thing_name="Never made", result="refused")
    assert ">Never made</a>" not in text(viewer.get(PAGE))


def test_a_number_is_grouped_for_reading(viewer, workspace):
    done(workspace, "call.place", "call", thing_id="c", thing_name="+12065550121")
    assert "placed a call to +1 206 555 0121" in said(viewer.get(PAGE))


def test_nothing_of_another_workspace(owner, stranger, workspace, elsewhere):
    foreign = done(elsewhere, "project.create", "project", thing_id="p", thing_name="Theirs", user="")
    done(workspace, "project.create", "project", thing_id="p", thing_name="Ours")
    for query in ("", "?q=Theirs", "?kind=project&thing=p", "?project=p", "?person=stranger@elsewhere.example"):
        assert "created the project Theirs" not in said(owner.get(PAGE + query)), query
    assert owner.get(f"{PAGE}{foreign.pk}/").status_code == 404
    assert stranger.get(PAGE).status_code == 404
    assert "Theirs" in text(stranger.get("/w/elsewhere/activity/"))


@pytest.fixture
def some(workspace):
    common = {"project_id": "p1"}
    done(workspace, "project.create", "project", thing_name="Northgate", made="p1")
    done(workspace, "project.update", "project", thing_id="p1", thing_name="Northgate", **common)
    done(
        workspace,
        "agent.update",
        "agent",
        thing_id="a1",
        thing_name="Reminder",
        **common,
        result="refused",
        words="Name taken",
    )
    done(workspace, "agent.delete", "agent", thing_id="a2", thing_name="Old one", project_id="p2", user="")
    done(workspace, "number.assign", "number", thing_id="+12065550121", thing_name="+12065550121", **common, result="")
    done(workspace, "call.place", "call", thing_id="c1", thing_name="+12065550133", **common)
    return Entry.objects.filter(workspace=workspace).exclude(verb="workspace.open")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=agent", 2),
        ("kind=agent&thing=a1", 1),
        ("kind=project&thing=p1", 2),
        ("project=p1", 5),
        ("verb=call.place", 1),
        ("outcome=refused&kind=agent", 1),
        ("outcome=none", 1),
        ("person=owner@oakcare.example&project=p1", 5),
        ("person=-&kind=agent", 1),
        ("q=remind", 1),
        ("q=taken", 1),
        ("q=555 0121", 1),
        ("q=%2B1 206 555 0133", 1),
        ("q=a2", 1),
        ("q=nothing like it", 0),
        ("days=1&kind=call", 1),
        ("kind=agent&outcome=done&person=-&q=old", 1),
    ],
)
def test_filters_live_in_the_address(viewer, some, sandbox, query, found):
    sandbox.tick(61)
    answer = viewer.get(f"{PAGE}?{query}")
    assert f"{found} entr" in said(answer).replace("1 entry", "1 entr") and len(cells(answer)) == found


def test_days_are_the_viewers(viewer, workspace, sandbox):
    from dashboard.accounts.models import User

    done(workspace, "agent.update", "agent", thing_name="Today's")
    sandbox.tick(timedelta(hours=7, minutes=30))  # 00:30 UTC: the next day in UTC, still the same one in Los Angeles
    assert "Today's" not in text(viewer.get(f"{PAGE}?days=1")).replace("&#x27;", "'")
    User.objects.filter(email="viewer@oakcare.example").update(time_zone="America/Los_Angeles")
    page = text(viewer.get(f"{PAGE}?days=1")).replace("&#x27;", "'")
    assert "Today's" in page and ">10:00<" in page


JUNK = [
    "?before=junk", "?before=~", "?before=2026-99-99~x", "?before=2026-03-11T10:00:00%2B00:00~9" + "9" * 40, "?days=x",
    "?days=-1", "?q=" + "x" * 5000, "?q=%00", "?kind=%00&thing=x", "?verb=no", "?outcome=no", "?thing=only",
    "?person=nobody@x.example", "?project=gone", "?request=none", "?q=%25_%5C", "?before=0001-01-01T00:00:00%2B14:00~1",
]  # fmt: skip


def test_junk_in_the_address_is_no_error(viewer, some):
    for query in JUNK:
        assert viewer.get(PAGE + query).status_code == 200, query


def test_percent_signs_are_looked_for_as_they_are(viewer, some):
    assert "0 entries" in said(viewer.get(f"{PAGE}?q=%25&kind=agent"))


def test_an_entry_that_is_not_there(viewer):
    for number in ("0", "99999999999999999999999", "9" * 5000):
        assert viewer.get(f"{PAGE}{number}/").status_code == 404, number


def test_htmx_gets_the_table_alone(viewer, some):
    answer = viewer.get(f"{PAGE}?kind=agent", headers={"HX-Request": "true", "HX-Target": "activity-table"})
    assert text(answer).lstrip().startswith('<div id="activity-table">') and "HX-Target" in answer["Vary"]
    other = viewer.get(PAGE, headers={"HX-Request": "true", "HX-Target": "something"})
    assert "<html" in text(other)


def test_pages_go_on_where_the_last_one_ended(viewer, workspace):
    fill(workspace, 120)
    seen, query = [], "?q=Thing"
    while query:
        page = text(viewer.get(PAGE + query))
        seen += re.findall(r"(Thing \d+)", " ".join(cells(viewer.get(PAGE + query))))
        older = re.search(r'<a href="(\?[^"]*before=[^"]+)" hx-get', page)
        query = older[1].replace("&amp;", "&") if older else ""
    assert [int(name.split()[1]) for name in seen] == list(range(120))


def test_entries_of_one_moment_are_neither_lost_nor_doubled(viewer, workspace):
    at = timezone.now()
    Entry.objects.bulk_create(
        [
            Entry(workspace=workspace, verb="agent.update", kind="agent", thing_name=f"n{n}", asked_at=at)
            for n in range(60)
        ]
    )
    first = text(viewer.get(f"{PAGE}?kind=agent"))
    older = re.search(r'<a href="(\?[^"]*before=[^"]+)" hx-get', first)[1].replace("&amp;", "&")
    seen = [name for page in (first, text(viewer.get(PAGE + older))) for name in re.findall(r"(?<=agent )n\d+", page)]
    assert len(seen) == len(set(seen)) == 60


def test_one_step_of_many_is_told_as_one(viewer, workspace):
    from dashboard.web.logs import request_id

    token = request_id.set("step-1")
    for n in range(3):
        done(workspace, "agent.delete", "agent", thing_id=f"a{n}", thing_name=f"Agent {n}")
    request_id.reset(token)
    page = text(viewer.get(PAGE))
    assert page.count("one step with 3 entries") == 3
    assert "3 entries found" in said(viewer.get(f"{PAGE}?request=step-1"))


def test_five_thousand_entries_deep_page_is_quick(viewer, workspace, django_assert_max_num_queries):
    fill(workspace, 5000)
    if connection.vendor == "postgresql":  # has no statistics of the new rows yet, and would plan for one
        connection.cursor().execute("ANALYZE")
    viewer.get(PAGE)
    last = Entry.objects.filter(thing_name="Thing 4900").get()
    for query in ("", f"?before={last.asked_at.isoformat().replace('+', '%2B')}~{last.pk}", "?kind=call&outcome=done"):
        took = []
        for _ in range(3):  # the best of three: a busy machine must not look like a slow page
            with django_assert_max_num_queries(8):
                began = time.perf_counter()
                page = said(viewer.get(PAGE + query))
                took.append(time.perf_counter() - began)
        assert min(took) < 0.8, query
        assert ("1,000+ entries" in page and "50 of 1,000+" in page) or "Thing 4901" in page


def test_queries_do_not_grow(viewer, workspace, project_id, django_assert_max_num_queries):
    viewer.get(f"/w/oak-care/projects/{project_id}/")
    for many in (3, 200):
        fill(workspace, many)
        for query in ("", "?q=Thing", "?kind=agent&thing=t1", f"?project={project_id}", "?kind=person"):
            with django_assert_max_num_queries(10 if "q=" in query else 8):  # a search is itself counted
                viewer.get(PAGE + query)


def test_talkstack_is_asked_nothing(viewer, some, sandbox):
    viewer.get(PAGE)
    sandbox.faults.add("down", times=0)
    assert viewer.get(PAGE).status_code == 200


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 }}{% now %}\u202e"


def test_hostile_text_is_inert(viewer, admin, workspace, project_id):
    entry = done(
        workspace, "agent.update", "agent", thing_id=HOSTILE, thing_name=HOSTILE, project_id=HOSTILE,
        before={HOSTILE: HOSTILE, "name": "x"}, after={HOSTILE: "y", "name": [HOSTILE, {HOSTILE: "\ud800"}]},
        words=HOSTILE, result="refused",
    )  # fmt: skip
    for address in (PAGE, f"{PAGE}{entry.pk}/", f"{PAGE}?kind=agent&thing=%3Cscript%3E", f"{PAGE}?q=%3Cscript%3E"):
        page = text(viewer.get(address))
        assert "<script>alert" not in page and "<img src=x" not in page, address
    assert "&lt;script&gt;alert(1)" in page


def test_every_thing_has_a_way_to_its_history(viewer, project_id, workspace, sandbox):
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call

    client = Upstream(workspace).client()
    agent = client.agents.list(project_id)[0].id
    call = Call.objects.create(workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now())
    project = f"/w/oak-care/projects/{project_id}/"
    for address, kind, thing in (
        (project, "project", project_id),
        (f"{project}agents/{agent}/", "agent", agent),
        (f"{project}calls/{call.pk}/", "call", str(call.pk)),
        (f"{project}numbers/", "number", "%2B1"),
    ):
        assert f"{PAGE}?kind={kind}&amp;thing={thing}" in text(viewer.get(address)), kind


def test_a_thing_without_a_history_says_so(viewer):
    page = said(viewer.get(f"{PAGE}?kind=agent&thing=nobody"))
    assert "History of this agent" in page and "Nothing was done to it here" in page
    assert "History of +1 415 555 0132" in said(viewer.get(f"{PAGE}?kind=number&thing=%2B14155550132&days=7"))
    assert "Nothing fits" in said(viewer.get(f"{PAGE}?kind=agent&thing=nobody&days=7"))


def test_entries_cannot_be_changed_or_removed_here(owner, some):
    before = Entry.objects.count()
    for address in (PAGE, f"{PAGE}{some.first().pk}/", f"{PAGE}export/"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(owner, method)(address).status_code == 405, method
    assert Entry.objects.count() == before
