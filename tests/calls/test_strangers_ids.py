"""Ids of another workspace in queries and forms: filters, columns, questions and saved views of one show nothing of the other."""

import pytest
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import texts
from dashboard.calls.models import Analysis, Answer, Asking, Call, Question, QuestionSet, SavedView
from tests.conftest import text

CANARY = "Zanzibar"


@pytest.fixture
def theirs(stranger, project_id):
    """A call with an answer in the other workspace, in a project that happens to have the same id."""
    other = Workspace.objects.get(slug="elsewhere")
    call = Call.objects.create(
        workspace=other, project_id=project_id, project_name=CANARY, agent_id="a-theirs", agent_name=CANARY, sid="CA-theirs",
        number="+12065550177", from_number="+12065550178", at=timezone.now(), state="completed", final_at=timezone.now(),
        variables={CANARY: CANARY}, placed_by_email=f"{CANARY}@b.example", seconds=5, attempt="placed",
    )  # fmt: skip
    texts.renew([call.pk])
    made = QuestionSet.objects.create(workspace=other, project_id=project_id, name=CANARY)
    question = Question.objects.create(question_set=made, text=f"{CANARY}?", type="Selector", options=[CANARY, "no"])
    Answer.objects.create(workspace=other, call=call, question=question, value=CANARY, short=CANARY, at=timezone.now())
    SavedView.objects.create(workspace=other, member=None, name=CANARY, query="days=7")
    return call, question


def test_what_an_address_names_of_others_is_not_there(operator, theirs, workspace, project_id):
    call, question = theirs
    Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now(), state="busy"
    )
    queries = [
        "", "days=any", f"q={CANARY}", "q=0177", "agent=a-theirs", "number=%2B12065550177", "line=%2B12065550178",
        f"by={CANARY}@b.example", f"columns=a_{question.pk},variables,by,line", f"a_{question.pk}=any", f"a_{question.pk}=none",
        f"a_{question.pk}={CANARY}", f"sort=-seconds&before=5.0~{call.at.isoformat()}~{call.pk}".replace("+", "%2B"),
    ]  # fmt: skip
    project = f"/w/oak-care/projects/{project_id}"
    lists = ["/w/oak-care/calls/", f"{project}/calls/", f"{project}/questions/ask/", f"{project}/questions/"]
    pages = [f"{page}?{query}" for page in lists for query in queries]
    pages += [f"{project}/questions/ask/?set={question.question_set_id}", f"{project}/calls/new/?again={call.pk}"]
    pages += [
        "/w/oak-care/",
        "/w/oak-care/calls/views/",
        f"{project}/calls/{call.pk}/",
        f"{project}/calls/{call.pk}/analysis/",
    ]
    pages += [
        f"{page}export/?format={kind}&{query}"
        for page in lists[:2]
        for kind in ("csv", "jsonl")
        for query in queries[:4]
    ]
    for page in pages:
        answer = operator.get(page)
        shown = b"".join(answer).decode() if answer.streaming else text(answer)
        for typed in (f"{CANARY}@b.example", f"={CANARY}", f'value="{CANARY}"', f"“{CANARY}”", f"Answer: {CANARY}"):
            shown = shown.replace(typed, "")  # what was asked for is said again
        assert CANARY not in shown and "CA-theirs" not in shown, page
        assert answer.status_code in (200, 404, 422, 429), (page, answer.status_code)


def test_what_a_form_names_of_others_is_left_alone(operator, admin, theirs, workspace, project_id):
    call, question = theirs
    mine = Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now(), state="completed", sid="CA-mine",
        final_at=timezone.now(),
    )  # fmt: skip
    project = f"/w/oak-care/projects/{project_id}"
    foreign = {
        "set": question.question_set_id,
        "request_key": "k" * 32,
        "confirm": "on",
        "again_failed": "on",
        "confirm_count": "1",
    }
    assert operator.post(f"{project}/questions/ask/", foreign).status_code in (404, 422)
    assert operator.post(f"{project}/calls/{mine.pk}/analysis/ask/", foreign).status_code in (303, 404, 422)
    for path in ("ask/", ""):
        assert operator.post(f"{project}/calls/{call.pk}/analysis/{path}", foreign).status_code in (404, 405)
    for path in ("edit/", "retire/"):
        assert admin.post(f"{project}/questions/{question.question_set_id}/{path}", {"name": "x"}).status_code == 404
    for path in ("decide/", "cancel/", "release/"):
        assert admin.post(f"{project}/calls/{call.pk}/{path}", {"candidate": "x"}).status_code == 404
    assert not Asking.objects.exists() and not Analysis.objects.exists()
    assert QuestionSet.objects.get(name=CANARY).retired_at is None


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "../../team/", "\r\nX-A: b"]
)
def test_a_view_is_an_address_of_ours_whatever_is_typed(viewer, where):
    kept = {"name": f"<b>{where}", "query": f"next={where}&days=30&q={where}", "whose": "mine", "project_id": where}
    answer = viewer.post("/w/oak-care/calls/views/save/", kept)
    assert answer.status_code in (303, 404, 422)
    if answer.status_code == 303:
        assert answer["Location"].startswith("/w/oak-care/") and "\n" not in answer["Location"]
    for view in SavedView.objects.all():
        assert "next=" not in view.query
    page = text(viewer.get("/w/oak-care/calls/views/"))
    assert f"<b>{where}" not in page and 'href="javascript' not in page and 'href="//' not in page
