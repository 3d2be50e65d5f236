"""Making a project the account's active one."""

from dashboard.activity.models import Entry
from tests.conftest import text
from tests.projects.conftest import LIST, at, follow, words


def harbor(api):
    return next(project.id for project in api.projects.list() if project.name.startswith("Harbor"))


def test_made_default_and_read_back(admin, api):
    said = follow(admin, admin.post(at(harbor(api), "active/")))
    assert "Harbor Row Homes is the default project now." in said and "Harbor Row Homes Default" in said
    assert api.user.get_active_project().name == "Harbor Row Homes"
    entry = Entry.objects.get(verb="project.default")
    assert entry.outcome.result == "done" and entry.before != entry.after


def test_goes_back_to_the_project(admin, api):
    answer = admin.post(at(harbor(api), "active/"), {"back": "project"})
    assert answer["Location"] == at(harbor(api))


def test_already_default(admin, project_id, asked):
    said = follow(admin, admin.post(at(project_id, "active/")))
    assert "is the default project already" in said and "POST /user/set-active-project" not in asked.seen


def test_lost_answer_is_read_back(admin, api, sandbox):
    sandbox.faults.add("lost-close", path="/user/set-active-project")
    assert "is the default project now." in follow(admin, admin.post(at(harbor(api), "active/")))


def test_not_done_is_said(admin, api, sandbox):
    sandbox.faults.add("close", path="/user/set-active-project")
    said = follow(admin, admin.post(at(harbor(api), "active/")))
    assert "may or may not have happened" in said and "another project is the default one" in said


def test_refused_and_down(admin, api, sandbox):
    sandbox.faults.add("422", path="/user/set-active-project")
    page = admin.post(at(harbor(api), "active/"))
    assert page.status_code == 422 and "refused" in words(page)
    sandbox.faults.add("down", times=0)
    assert admin.post(at("whatever", "active/")).status_code == 502


def test_who_may(owner, operator, viewer, stranger, project_id):
    assert viewer.post(at(project_id, "active/")).status_code == 403
    assert operator.post(at(project_id, "active/")).status_code == 403
    assert stranger.post(at(project_id, "active/")).status_code == 404
    assert owner.get(at(project_id, "active/")).status_code == 405


def test_unknown_project(admin):
    assert admin.post(at("no-such", "active/")).status_code == 404
    assert "Default" in text(admin.get(LIST))
