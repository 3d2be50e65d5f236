"""One entry in full."""

import re

from tests.activity.conftest import PAGE, done
from tests.activity.test_list import said
from tests.conftest import text


def test_a_changed_prompt_is_compared_word_by_word(viewer, workspace):
    entry = done(
        workspace, "agent.update", "agent", thing_id="a", thing_name="Reminder",
        before={"system_instruction": "Hello.\nAsk for the name.\nBye.", "name": "Reminder"},
        after={"system_instruction": "Hello.\nAsk for the full name.\nBye.", "name": "Reminder"},
    )  # fmt: skip
    page = text(viewer.get(f"{PAGE}{entry.pk}/"))
    assert "<h3>Prompt</h3>" in page and "<h3>Name</h3>" not in page
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["full "]
    assert 'class="theirs"' in page and 'class="mine"' in page


def test_what_went_with_a_project_is_named(viewer, workspace):
    agents = [{"id": f"a{n}", "name": f"Agent {n}", "system_instruction": "x" * 50_000} for n in range(20)]
    entry = done(
        workspace, "project.delete", "project", thing_id="p", thing_name="East",
        before={"name": "East", "agents": agents}, after={"cascade": True},
    )  # fmt: skip
    answer = viewer.get(f"{PAGE}{entry.pk}/")
    page = said(answer)
    assert "Agent 14 and 5 more" in page and "With everything in it" in page and len(answer.content) < 60_000


def test_a_secret_changed_without_saying_which(viewer, workspace):
    entry = done(
        workspace,
        "connection.renew",
        "connection",
        thing_name="acc",
        before={"api_key": "old-1"},
        after={"api_key": "new-2"},
    )
    row, page = said(viewer.get(PAGE)), said(viewer.get(f"{PAGE}{entry.pk}/"))
    assert "a secret changed" in row and "A secret Was changed." in page
    for secret in ("old-1", "new-2", "api_key", "Api key"):
        assert secret not in row + page


def test_ids_are_told_by_name_and_codes_stay_in_the_fold(viewer, workspace, project_id):
    viewer.get("/w/oak-care/projects/")
    entry = done(
        workspace, "project.default", "project", thing_id=project_id, thing_name="Northgate Clinics",
        before={"active_project": ""}, after={"active_project": project_id}, project_id=project_id,
    )  # fmt: skip
    page = text(viewer.get(f"{PAGE}{entry.pk}/"))
    assert "<ins>Northgate Clinics</ins>" in page
    visible, fold = page.split("Technical details")
    assert "project.default" not in visible and "project.default" in fold


def test_a_huge_prompt_takes_no_time(viewer, workspace):
    import time

    old = "\n".join(f"line {n} of the old prompt" for n in range(40_000))
    entry = done(
        workspace, "agent.update", "agent", thing_name="Big",
        before={"system_instruction": old}, after={"system_instruction": old.replace("old", "new")},
    )  # fmt: skip
    began = time.perf_counter()
    answer = viewer.get(f"{PAGE}{entry.pk}/")
    assert answer.status_code == 200 and time.perf_counter() - began < 2 and len(answer.content) < 400_000


def test_an_entry_of_ones_own_is_read(viewer):
    from dashboard.activity.models import Entry

    entry = Entry.objects.get(verb="sign_in", user_email="viewer@oakcare.example")
    assert "Viewer Sample signed in" in said(viewer.get(f"{PAGE}{entry.pk}/"))


def test_few_queries(viewer, workspace, django_assert_max_num_queries):
    entry = done(
        workspace, "agent.update", "agent", thing_id="a", thing_name="R", before={"name": "a"}, after={"name": "b"}
    )
    viewer.get(f"{PAGE}{entry.pk}/")
    with django_assert_max_num_queries(8):
        viewer.get(f"{PAGE}{entry.pk}/")
