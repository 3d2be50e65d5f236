"""Finding the address of the list of projects, which the documentation does not tell."""

from typing import Any

import pytest

from dashboard.talkstack import KeyRejected, ListPathUnknown, NotAllowed, RateLimited, TalkstackError, Unavailable
from dashboard.talkstack.paths import LIST_PROJECTS_CANDIDATES
from tests.talkstack.stand_ins import client

ITEMS = [
    {"id": "p1", "name": "One"},
    {"id": 2, "name": "Two", "is_deleted": False},
    {"id": "p3", "is_deleted": True},
    None,
]
HTML = (404, b"<html>Cannot GET</html>")
AS_ID = (400, {"message": "project does not exist"})


@pytest.mark.parametrize("path", LIST_PROJECTS_CANDIDATES)
@pytest.mark.parametrize(
    "elsewhere", [HTML, AS_ID, (500, {"message": "invalid uuid"}), (200, {"data": {"id": "list", "name": "x"}})]
)
def test_every_candidate_is_found_once_and_remembered(table: Any, path: str, elsewhere: Any) -> None:
    stand_in = table(lambda request: (200, {"data": ITEMS}) if request.path_url == path else elsewhere)
    asker = client()
    assert asker.projects.list_path() == "" and not stand_in.asked
    assert [project.id for project in asker.projects.list()] == ["p1", "2"]
    assert asker.projects.list_path() == path
    asked = len(stand_in.asked)
    client().projects.list()
    assert len(stand_in.asked) == asked + 1 and stand_in.names[-1] == f"GET {path}"


@pytest.mark.parametrize(
    "body",
    [ITEMS, {"data": ITEMS}, {"projects": ITEMS}, {"projectData": ITEMS}, {"result": ITEMS}, {"items": ITEMS}]
    + [
        {"data": {"projects": ITEMS, "total": 3}},
        {"message": "x", "status": "error", "data": {"data": {"projects": ITEMS}}},
    ]
    + [{"data": [], "projects": ITEMS}],
)
def test_envelopes(table: Any, body: Any) -> None:
    table({"GET /project": (200, body)})
    assert [project.name for project in client().projects.list()] == ["One", "Two"]


@pytest.mark.parametrize("body", [[], {"data": []}, {"projects": None}, {"data": {"projects": []}}, [ITEMS[2]]])
def test_a_list_that_is_empty(table: Any, body: Any) -> None:
    table({"GET /project": (200, body)})
    assert client().projects.list() == [] and client().projects.list_path() == "/project"


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        (404, b""),
        (404, {"message": "Cannot GET /projects"}),
        (404, {"message": "Project not found"}),
        AS_ID,
        (405, b""),
    ]
    + [
        (200, b"<html>"),
        (200, {"message": "hello"}),
        (200, {"data": {"id": "x"}}),
        (200, [1, 2]),
        (200, [{"name": "no id"}]),
    ]
    + [(302, b"", {"Location": "http://elsewhere.test/"})],
)
def test_no_candidate_gives_a_list(table: Any, answer: Any) -> None:
    stand_in = table(lambda request: answer)
    with pytest.raises(ListPathUnknown):
        client().projects.list()
    assert stand_in.names == [f"GET {path}" for path in LIST_PROJECTS_CANDIDATES]
    assert client().projects.list_path() == ""


def test_a_new_account_without_projects(table: Any) -> None:
    table(lambda request: (404, {"message": "No projects found"}) if request.path_url == "/project" else HTML)
    assert client().projects.list() == [] and client().projects.list_path() == ""


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((401, b""), KeyRejected),
        ((403, b""), NotAllowed),
        ((429, b""), RateLimited),
        ((503, b""), Unavailable),
        ((502, b""), Unavailable),
    ]
    + [(ConnectionRefusedError(), Unavailable), ((500, b""), Unavailable)],
)
def test_what_stops_the_search(table: Any, answer: Any, kind: type[TalkstackError]) -> None:
    table(lambda request: answer)
    with pytest.raises(kind):
        client().projects.list()
    assert client().projects.list_path() == ""


@pytest.mark.parametrize("path", ["/v2/projects", "v2/projects"])
def test_a_path_that_is_set_is_the_only_one_asked(table: Any, path: str) -> None:
    stand_in = table({"GET /v2/projects": (200, ITEMS)})
    asker = client(list_projects_path=path)
    assert len(asker.projects.list()) == 2 and asker.projects.list_path() == path
    assert stand_in.names == ["GET /v2/projects"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [((404, {"message": "No projects"}), None), ((400, {"message": "none"}), None), ((404, b"<html>"), ListPathUnknown)]
    + [
        ((404, {"message": "Cannot GET /v2"}), ListPathUnknown),
        ((200, {"x": 1}), ListPathUnknown),
        ((401, b""), KeyRejected),
    ]
    + [((500, b""), Unavailable), ((429, b""), RateLimited)],
)
def test_a_path_that_is_set_and_gives_no_list(table: Any, answer: Any, kind: Any) -> None:
    table(lambda request: answer)
    asker = client(list_projects_path="/v2")
    if kind is None:
        assert asker.projects.list() == []
    else:
        with pytest.raises(kind):
            asker.projects.list()
