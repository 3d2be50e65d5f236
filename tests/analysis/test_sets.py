"""Making, changing and retiring question sets, with submit buttons alone."""

import re
from typing import Any

import pytest
from django.utils import timezone

from dashboard.activity.models import Entry
from dashboard.calls.models import Answer, Question, QuestionSet
from tests.analysis.conftest import (
    CONFIRMED,
    QUESTIONS,
    SCORE,
    ask_about,
    asking_worker,
    base,
    question,
    questions,
)  # fmt: skip
from tests.conftest import text


def fields_of(page: Any) -> dict[str, str]:
    """The fields of the form as the page shows them."""
    editor = page.context["editor"]
    shown = {
        "name": editor._told["name"],
        "version": editor._told["version"],
        "rows": str(len(editor.rows)),
        "do": "save",
    }
    for n, row in enumerate(editor.rows):
        shown |= {f"q{n}-{name}": value for name, value in row.items()}
    return shown


def test_an_admin_builds_a_set_button_by_button(admin, operator, project_id):
    url = f"{base(project_id)}new/"
    assert "Make a question set" in text(admin.get(base(project_id)))
    assert "An admin of this workspace can make the first one" in text(operator.get(base(project_id)))
    fields = fields_of(admin.get(url)) | {"name": "After the visit", "q0-text": CONFIRMED}
    page = admin.post(url, fields | {"do": "add"})
    assert page.status_code == 200 and "Question 2" in text(page) and "Type the question" not in text(page)
    at = re.findall(r"<textarea[^>]* autofocus[^>]*>", text(page))
    assert len(at) == 1 and 'name="q1-text"' in at[0], "without JavaScript the page begins at the new question"
    fields = fields_of(page) | {"q1-text": "Wrong {{braces}} & <b>", "q1-type": "Number"}
    page = admin.post(url, fields | {"do": "up-1"})
    assert text(page).index("Wrong {{braces}} &amp; &lt;b&gt;") < text(page).index(CONFIRMED)
    page = admin.post(url, fields_of(page) | {"do": "down-0"})
    page = admin.post(url, fields_of(page) | {"do": "add"})
    page = admin.post(url, fields_of(page) | {"do": "remove-2"})
    assert QuestionSet.objects.count() == 0 and fields_of(page)["q0-text"] == CONFIRMED
    done = admin.post(url, fields_of(page))
    assert done.status_code == 303
    told = list(Question.objects.values_list("position", "text", "type"))
    assert told == [(0, CONFIRMED, "Boolean"), (1, "Wrong {{braces}} & <b>", "Number")]
    shown = text(operator.get(done["Location"]))
    assert "Wrong {{braces}} &amp; &lt;b&gt;" in shown and "After the visit" in text(operator.get(base(project_id)))
    assert Entry.objects.get(verb="questions.create").after["questions"][0] == f"{CONFIRMED} (Yes or no)"


@pytest.mark.parametrize(
    ("rows", "more", "words"),
    [
        ([("", "Text", [])], {}, "Type the question, or remove this row."),
        ([("?!", "Text", [])], {}, "Type the question in words."),
        ([("x" * 501, "Text", [])], {}, "at most 500 characters"),
        ([("What?", "Date", [])], {}, "Choose one of these kinds."),
        ([("What?", "Selector", ["one"])], {}, "Type at least 2 options"),
        ([("What?", "Selector", [f"option {n}" for n in range(21)])], {}, "These are 21 options. At most 20"),
        ([("What?", "Selector", ["No time", "no time!"])], {}, "are too alike"),
        ([("What?", "Selector", ["a", "b", "a"])], {}, "stands there twice"),
        ([("What?", "Selector", ["a", "b" * 101])], {}, "An option has at most 100"),
        ([("Is it so?", "Text", []), ("is it SO", "Number", [])], {}, "Question 1 asks the same"),
        ([("What?", "Text", [])], {"name": " "}, "Give the set a name."),
        ([("What\x00?", "Text", [])], {}, "invisible NUL character"),
        ([(f"Question {n}", "Text", []) for n in range(21)], {}, "A set has at most 20."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(admin, project_id, rows, more, words):
    answer = admin.post(f"{base(project_id)}new/", questions(*rows, **more))
    assert answer.status_code == 422 and words in text(answer) and QuestionSet.objects.count() == 0
    summary = text(answer).split("Nothing was saved yet.")[1].split("</ul>")[0]
    assert words in summary, "what is wrong stands at the top too"
    assert all(f'id="{place}"' in text(answer) for place in re.findall(r'href="#([^"]+)"', summary))
    shown = fields_of(answer)
    assert [shown[f"q{n}-text"] for n in range(len(rows))] == [row[0] for row in rows]
    assert [shown[f"q{n}-options"] for n in range(len(rows))] == ["\n".join(row[2]) for row in rows]


def test_names_are_unique_in_a_project(admin, project_id, question_set):
    answer = admin.post(f"{base(project_id)}new/", questions(("Who?", "Text", []), name="after the VISIT"))
    assert answer.status_code == 422 and "Another set of this project has this name." in text(answer)
    admin.post(f"{base(project_id)}{question_set.pk}/retire/")
    answer = admin.post(f"{base(project_id)}new/", questions(("Who?", "Text", [])))
    assert answer.status_code == 422 and "A retired set" in text(answer)


def test_a_set_of_a_project_that_is_not_there(admin, sandbox):
    assert admin.get(f"{base('nothing-here')}new/").status_code == 404
    assert admin.post(f"{base('nothing-here')}new/", questions(*QUESTIONS)).status_code == 404
    assert QuestionSet.objects.count() == 0


def test_before_it_is_asked_a_question_changes_in_place(admin, project_id, question_set):
    url = f"{base(project_id)}{question_set.pk}/edit/"
    before = question(CONFIRMED).pk
    page = admin.get(url)
    assert "asked already" not in text(page)
    assert admin.post(url, fields_of(page) | {"q0-text": "Did they confirm?", "name": "New name"}).status_code == 303
    assert Question.objects.get(pk=before).text == "Did they confirm?" and Question.objects.count() == 4
    page = admin.get(url)
    admin.post(url, fields_of(admin.post(url, fields_of(page) | {"do": "remove-3"})))
    assert Question.objects.count() == 3 and Entry.objects.filter(verb="questions.update").count() == 2


def test_once_asked_a_question_keeps_its_words_and_its_answers(admin, operator, project_id, question_set, ended):
    ask_about(operator, ended, question_set)
    asking_worker()
    old = question(SCORE)
    url = f"{base(project_id)}{question_set.pk}/edit/"
    page = admin.get(url)
    assert "These questions were asked already." in text(page) and "1 answer<" in text(page)
    assert admin.post(url, fields_of(page) | {"q1-text": "How satisfied, from 1 to 10?"}).status_code == 303
    old.refresh_from_db()
    assert old.text == SCORE and old.retired_at and old.answers.count() == 1
    shown = text(admin.get(f"{base(project_id)}{question_set.pk}/"))
    assert SCORE in shown and "How satisfied, from 1 to 10?" in shown and "Retired" in shown
    assert "not asked yet" in shown and "were not asked this one yet" in shown
    page = admin.get(url)
    assert admin.post(url, fields_of(page) | {"q1-text": SCORE}).status_code == 303
    assert question(SCORE).pk == old.pk  # the words came back, and with them the question that had them


def test_two_admins_at_once(admin, owner, project_id, question_set):
    url = f"{base(project_id)}{question_set.pk}/edit/"
    mine, theirs = fields_of(admin.get(url)), fields_of(owner.get(url))
    assert owner.post(url, theirs | {"q0-text": "Theirs?"}).status_code == 303
    answer = admin.post(url, mine | {"q0-text": "Mine?"})
    assert (
        answer.status_code == 409
        and "Somebody else changed this set first." in text(answer)
        and "Mine?" in text(answer)
    )
    assert question("Theirs?")
    assert admin.post(url, fields_of(answer)).status_code == 303 and question("Mine?")


def test_retired_and_back(admin, operator, project_id, question_set, ended):
    url = f"{base(project_id)}{question_set.pk}/"
    admin.post(f"{url}retire/")
    assert "1 retired set" in text(admin.get(base(project_id)))
    assert "After the visit" not in text(operator.get(f"{base(project_id)}ask/"))
    assert ask_about(operator, ended, question_set).status_code == 303 and not ended.analyses.exists()
    admin.post(f"{url}retire/")
    admin.post(f"{url}retire/", {"restore": "1"})
    assert "After the visit" in text(operator.get(f"{base(project_id)}ask/"))
    assert list(Entry.objects.filter(kind="questions").order_by("pk").values_list("verb", flat=True)) == [
        "questions.create", "questions.retire", "questions.restore",
    ]  # fmt: skip


def test_whoever_deletes_the_project_is_told_what_stays_of_its_questions(admin, question_set, ended, project_id):
    page = f"/w/oak-care/projects/{project_id}/delete/"
    assert "Its 1 question set and 0 answers stay too, but nothing more can be asked." in text(admin.get(page))
    told = question(SCORE)
    Answer.objects.create(workspace=ended.workspace, call=ended, question=told, value="4", short="4", at=timezone.now())
    assert "Its 1 question set and 1 answer stay too" in text(admin.get(page))
    QuestionSet.objects.all().delete()
    assert "question set" not in text(admin.get(page))
