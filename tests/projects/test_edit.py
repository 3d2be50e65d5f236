"""Making and changing a project."""

import pytest

from dashboard.activity.models import Entry
from tests.conftest import text
from tests.projects.conftest import HOSTILE, HTMX, NEW, at, follow, hidden, words


def test_new_page_and_its_fragment(owner):
    page = owner.get(NEW)
    assert page.status_code == 200 and 'name="name"' in text(page) and 'name="description"' in text(page)
    piece = owner.get(NEW, headers=HTMX | {"HX-Target": "project-form"})
    assert "<html" not in text(piece) and 'id="project-form"' in text(piece)


def test_created_with_a_description_that_is_always_sent(admin, asked, workspace):
    said = follow(admin, admin.post(NEW, {"name": "East Wing"}))
    assert "East Wing was created." in said and "First an agent" in said
    sent = asked.bodies[asked.seen.index("POST /project/create-project")]
    assert sent == {"name": "East Wing", "description": ""}
    entry = Entry.objects.get(verb="project.create")
    assert entry.outcome.result == "done" and entry.after == sent and entry.outcome.thing_name == "East Wing"


def test_htmx_is_sent_on_as_a_whole(admin):
    answer = admin.post(NEW, {"name": "East Wing"}, headers=HTMX | {"HX-Target": "project-form"})
    assert answer["HX-Redirect"].startswith("/w/oak-care/projects/")


def test_name_is_needed_and_nothing_typed_is_lost(admin, asked):
    page = admin.post(NEW, {"name": " ", "description": "three clinics"})
    assert page.status_code == 422 and "Give the project a name" in words(page) and "three clinics" in text(page)
    assert asked.writes() == []
    piece = admin.post(NEW, {"name": ""}, headers=HTMX | {"HX-Target": "project-form"})
    assert piece.status_code == 422 and "<html" not in text(piece)


def test_name_that_is_taken_is_said_at_the_name(admin, project_id):
    page = admin.post(NEW, {"name": "Northgate Clinics", "description": "again"})
    assert page.status_code == 422
    error = text(page).partition('id="id_name_error"')[2][:200]
    assert "There is a project with this name already" in error and "again" in text(page)


def test_other_refusals_are_on_top_in_talkstacks_words(admin, sandbox):
    sandbox.faults.add(
        "400", path="/project/create-project", body={"message": "you have too many things.", "status": "error"}
    )
    page = admin.post(NEW, {"name": "East Wing"})
    assert page.status_code == 422 and "East Wing" in text(page) and "refused" in words(page)


@pytest.mark.parametrize(("fault", "status"), [("down", 502), ("401", 502), ("429", 503)])
def test_talkstack_down_while_creating(admin, sandbox, fault, status):
    sandbox.faults.add(fault, path="/project/create-project", times=0)
    page = admin.post(NEW, {"name": "East Wing", "description": "kept text"})
    assert page.status_code == status and "Nothing was saved." in words(page)
    assert "kept text" in text(page)
    assert len(sandbox.store.projects) == 3


def test_lost_answer_is_looked_for(admin, sandbox):
    sandbox.faults.add("lost-close", path="/project/create-project")
    said = follow(admin, admin.post(NEW, {"name": "East Wing"}))
    assert "answer got lost" in said and "East Wing was created" in said


def test_unknown_outcome_is_said_honestly(admin, sandbox):
    sandbox.faults.add("close", path="/project/create-project")
    page = admin.post(NEW, {"name": "East Wing"})
    assert page.status_code == 502 and "do not know whether this went through" in words(page)
    assert "East Wing" in text(page) and Entry.objects.get(verb="project.create").outcome.result == "unknown"


def test_edit_shows_what_talkstack_has_now(admin, sandbox, project_id):
    admin.get(at(project_id))
    sandbox.store.projects[project_id].name = "Renamed Elsewhere"
    assert 'value="Renamed Elsewhere"' in text(admin.get(at(project_id, "edit/")))


def change(client, project_id, **fields):
    page = client.get(at(project_id, "edit/"))
    return {"name": "Northgate", "description": "New words", "loaded": hidden(page, "loaded")} | fields


def test_saved_with_before_and_after(admin, sandbox, project_id):
    said = follow(admin, admin.post(at(project_id, "edit/"), change(admin, project_id)))
    assert "Northgate was changed." in said and "New words" in said
    entry = Entry.objects.get(verb="project.update")
    assert entry.before["name"] == "Northgate Clinics" and entry.after == {
        "name": "Northgate",
        "description": "New words",
    }
    assert sandbox.store.projects[project_id].name == "Northgate"


def test_nothing_changed_sends_nothing(admin, project_id, asked, sandbox):
    row = sandbox.store.projects[project_id]
    row.description = "two\r\nlines "
    fields = change(admin, project_id, name=row.name, description="two\r\nlines")
    said = follow(admin, admin.post(at(project_id, "edit/"), fields))
    assert "nothing had to be changed" in said and asked.writes() == []


def test_somebody_else_saved_first(admin, sandbox, project_id, asked):
    fields = change(admin, project_id)
    sandbox.store.projects[project_id].description = "theirs & theirs"
    page = admin.post(at(project_id, "edit/"), fields)
    said = words(page)
    assert page.status_code == 409 and "Somebody else saved this project first." in said
    assert "theirs &amp; theirs" in said and "New words" in text(page) and asked.writes() == []
    again = admin.post(at(project_id, "edit/"), fields | {"loaded": hidden(page, "loaded")})
    assert again.status_code == 303 and sandbox.store.projects[project_id].description == "New words"


def test_edit_name_that_is_taken(admin, project_id):
    page = admin.post(at(project_id, "edit/"), change(admin, project_id, name="Harbor Row Homes"))
    assert page.status_code == 422 and "with this name already" in words(page) and "New words" in text(page)


def test_edit_invalid_and_fragment(admin, project_id):
    fields = change(admin, project_id, name="")
    piece = admin.post(at(project_id, "edit/"), fields, headers=HTMX | {"HX-Target": "project-form"})
    assert piece.status_code == 422 and "<html" not in text(piece) and "New words" in text(piece)


def test_edit_with_talkstack_down(admin, sandbox, project_id):
    fields = change(admin, project_id)
    sandbox.faults.add("down", times=0)
    assert admin.get(at(project_id, "edit/")).status_code == 502
    page = admin.post(at(project_id, "edit/"), fields)
    assert page.status_code == 502 and "Nothing was saved." in words(page) and "New words" in text(page)


def test_edit_whose_answer_got_lost(admin, sandbox, project_id):
    fields = change(admin, project_id)
    sandbox.faults.add("lost-close", method="PUT")
    said = follow(admin, admin.post(at(project_id, "edit/"), fields))
    assert "the change is there" in said and "Northgate was changed" in said


def test_edit_that_may_have_happened(admin, sandbox, project_id):
    fields = change(admin, project_id)
    sandbox.faults.add("close", method="PUT")
    page = admin.post(at(project_id, "edit/"), fields)
    assert page.status_code == 502 and "do not know whether" in words(page) and "New words" in text(page)


def test_edit_of_a_project_that_is_gone_keeps_the_text(admin, sandbox, project_id):
    fields = change(admin, project_id)
    sandbox.store.projects[project_id].is_deleted = True
    assert admin.get(at(project_id, "edit/")).status_code == 404
    page = admin.post(at(project_id, "edit/"), fields)
    assert page.status_code == 404 and "not at Talkstack any more" in words(page) and "New words" in text(page)


@pytest.mark.parametrize("where", ["new/", "edit/"])
def test_who_may(owner, operator, viewer, stranger, project_id, where):
    url = NEW if where == "new/" else at(project_id, where)
    assert viewer.get(url).status_code == 403 and operator.post(url, {"name": "x"}).status_code == 403
    assert stranger.get(url).status_code == 404 and owner.put(url).status_code == 405


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_back_as_they_were_typed(admin, sandbox, name):
    answer = admin.post(NEW, {"name": name, "description": name})
    assert answer.status_code == 303
    row = next(row for row in sandbox.store.projects.values() if row.name == name)
    assert row.description == name
    page = admin.get(at(row.id, "edit/"))
    assert "<script>alert" not in text(page) and "<img src=x" not in text(page)
