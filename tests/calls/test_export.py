"""The calls of a list as a file: exactly those, whole, safe to open, and written down."""

import csv
import html
import io
import json
import re
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.activity.models import Entry
from dashboard.calls import export, filters, texts
from dashboard.calls.models import Analysis, Answer, Call, Question, QuestionSet
from dashboard.web import phone
from tests.conftest import text

PAGE = "/w/oak-care/calls/"
FILE = f"{PAGE}export/"


@pytest.fixture
def ledger(workspace, project_id):
    """Three calls of today with all that there is, one of long ago, and one of another workspace."""
    now, told = timezone.now(), {"workspace": workspace, "project_id": project_id, "project_name": "Northgate Clinics"}
    talked = Call.objects.create(
        **told, number="+12065550121", at=now - timedelta(minutes=9), agent_id="a1", agent_name="=1+1", attempt="placed",
        placed_by_email="operator@oakcare.example", from_number="+12065550180", state="completed", state_source="history",
        variables={"name": '=HYPERLINK("x"), "ü"\nnext', "age": 41}, data={"confirmed": True, "lines": [{"a": 1}], "minus": -2},
        seconds=62.5, cost=Decimal("0.123456"), currency="USD", started_at=now - timedelta(minutes=9), sid="CA1",
        recordings=["https://api.twilio.com/1.mp3", "https://api.twilio.com/2.mp3"],
    )  # fmt: skip
    Call.objects.create(
        **told, number="+12065550113", at=now - timedelta(minutes=5), state="voicemail", seconds=4, sid="CA2"
    )
    Call.objects.create(
        **told, number="anonymous", at=now - timedelta(minutes=1), attempt="refused", variables={"@city": "Oakham"},
        words="Talkstack refused this: +no", direction="inbound",
    )  # fmt: skip
    Call.objects.create(**told, number="+12065550112", at=now - timedelta(days=40), state="busy")
    other = Workspace.objects.create(name="Elsewhere", slug="elsewhere-too", practice=True)
    Call.objects.create(workspace=other, project_id=project_id, number="+12065550199", at=now, state="voicemail")
    texts.renew(Call.objects.values_list("pk", flat=True))
    asked = QuestionSet.objects.create(workspace=workspace, project_id=project_id, name="After")
    question = Question.objects.create(question_set=asked, text="+Content?", type="Number")
    Answer.objects.create(workspace=workspace, call=talked, question=question, value="4", short="4", number=4, at=now)
    return talked


def body(answer):
    assert answer.status_code == 200 and answer.streaming, text(answer)[:500]
    return b"".join(answer.streaming_content)


def table(answer):
    raw = body(answer)
    assert (
        raw.startswith(b"\xef\xbb\xbf")
        and raw.endswith(b"\r\n")
        and b"\n" not in raw.replace(b"\r\n", b"").replace(b"\nnext", b"")
    )
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))


def objects(answer):
    return [json.loads(line) for line in body(answer).decode().splitlines()]


@pytest.mark.item("S47")
def test_a_spreadsheet_gets_every_column_and_runs_none(operator, ledger, project_id):
    User.objects.filter(email="operator@oakcare.example").update(time_zone="Europe/Berlin")
    refused, voicemail, talked = table(operator.get(f"{FILE}?format=csv"))
    assert talked["When"].endswith("+01:00") and talked["Time zone"] == "Europe/Berlin" and len(talked["When"]) == 25
    assert [row["What happened"] for row in (refused, voicemail, talked)] == ["Refused", "Voicemail", "Answered"]
    assert (talked["Talkstack's word"], talked["Told by"]) == ("completed", "Talkstack's call history")
    assert (talked["Seconds"], talked["Cost"], talked["Currency"]) == ("62.5", "0.123456", "USD")
    assert (
        talked["Agent"] == "'=1+1"
        and talked["Variable: name"] == '\'=HYPERLINK("x"), "ü"\nnext'
        and talked["Variable: age"] == "41"
    )
    assert (talked["Collected: confirmed"], talked["Collected: minus"]) == ("Yes", "-2")
    assert json.loads(talked["Collected: lines"]) == [{"a": 1}]
    assert (talked["'+Content?"], voicemail["'+Content?"]) == ("4", "Not asked yet")
    pages = talked["Recordings"].split()
    assert [page.rsplit("/", 3)[1:] for page in pages] == [["recording", "1", ""], ["recording", "2", ""]]
    assert operator.get(talked["Page of the call"].removeprefix("http://testserver")).status_code == 200
    assert (refused["Direction"], refused["Reason"]) == ("Incoming", "Talkstack refused this: +no")
    assert refused["Variable: @city"] == "Oakham" and refused["Cost"] == ""
    assert "Other variables" not in talked, "every name has a column of its own"


def test_numbers_survive_being_opened_and_saved(operator, ledger):
    """E.164 stays as it is; where a spreadsheet makes a number of that, the column beside is text, and our own import reads it."""
    rows = table(operator.get(FILE))
    assert [row["Number"] for row in rows] == ["anonymous", "+12065550113", "+12065550121"]
    for row in rows[1:]:
        assert not row["Number as text"].lstrip("+").isdigit() and not row["Number as text"].startswith(
            ("=", "+", "-", "@")
        )
        assert {phone.parse(row[name]).e164 for name in ("Number", "Number as text")} == {row["Number"]}


ALTERED = [
    "00123",
    "12345678901234567890",
    "123456789012",
    "+12065550123",
    "1e5",
    "00.5",
    " 007 ",
    "3.14159265358979323846",
]
AS_THEY_ARE = ["0", "0.5", "42", "12345678901", "2026-03-11", "C-0012", "555 0100", "x1e5"]
KEPT = [*((each, f"'{each}") for each in ALTERED), *((each, each) for each in AS_THEY_ARE), ("'s", "''s"), ("-", "'-")]


def test_what_a_spreadsheet_would_alter_is_text_and_can_be_had_back(operator, ledger):
    values = {f"v{n}": value for n, (value, _) in enumerate(KEPT)}
    data = {**values, "number": 12345678901234567890}
    Call.objects.filter(pk=ledger.pk).update(variables=values, data=data, from_number="+442079460155")
    Answer.objects.update(value="00123")
    row = next(each for each in table(operator.get(FILE)) if each["Our line"])
    for n, (value, kept) in enumerate(KEPT):
        assert row[f"Variable: v{n}"] == row[f"Collected: v{n}"] == kept
        assert kept.removeprefix("'") == value
    assert (row["Collected: number"], row["'+Content?"]) == ("'12345678901234567890", "'00123")
    assert (row["Our line"], row["Our line as text"]) == ("+442079460155", "tel:+442079460155")
    assert phone.parse(row["Our line as text"]).e164 == "+442079460155"


def test_what_an_analysis_says_besides_its_answers_is_in_both_files(operator, ledger):
    for n, asked in enumerate(
        [
            QuestionSet.objects.get(),
            QuestionSet.objects.create(workspace=ledger.workspace, project_id=ledger.project_id, name="Later"),
        ]
    ):
        Analysis.objects.create(
            workspace=ledger.workspace, call=ledger, question_set=asked, state="answered", summary=f"=giraffe {n}",
            **({} if n else {"sentiment": "Mixed", "extra": {"callerMood": "wistful"}}),
        )  # fmt: skip
    row = next(each for each in table(operator.get(FILE)) if each["Our line"])
    assert row["Analysis: summary"] == "After: =giraffe 0 / Later: =giraffe 1"
    assert (row["Analysis: sentiment"], row["Analysis: also said"]) == ("Mixed", "Caller mood: wistful")
    told = next(each for each in objects(operator.get(f"{FILE}?format=jsonl"))[:-1] if each["our_line"])
    assert [each["summary"] for each in told["analyses"]] == ["=giraffe 0", "=giraffe 1"]
    assert (
        told["analyses"][0]["also_said"] == {"callerMood": "wistful"} and told["analyses"][1]["question_set"] == "Later"
    )


def test_programs_get_one_object_a_call_and_a_last_line(operator, ledger):
    *calls, last = objects(operator.get(f"{FILE}?format=jsonl&days=any"))
    assert last == {"type": "end", "calls": 4} and {call["type"] for call in calls} == {"call"}
    talked = next(call for call in calls if call["state"] == "completed")
    assert (talked["seconds"], talked["cost"]) == (62.5, 0.123456) and talked["variables"] == ledger.variables
    assert talked["data"] == ledger.data and talked["answers"][0]["number"] == 4
    assert "api.twilio.com" not in json.dumps(calls)


FILTERED = [
    "state=voicemail",
    "q=0113",
    "min_seconds=1&max_seconds=9",
    "number=%2B12065550113",
    "days=1&state=voicemail&sort=cost",
]


@pytest.mark.parametrize("query", FILTERED)
def test_exactly_what_is_filtered(operator, ledger, query, project_id):
    page = text(operator.get(f"{PAGE}?{query}"))
    form = page.partition(f'action="{FILE}"')[2].partition("</form>")[0]
    assert "1 call</b>" in page and "JSON lines" in form
    kept = urlencode(
        [(name, html.unescape(value)) for name, value in re.findall(r'name="(\w+)" value="([^"]*)">', form)]
    )
    assert [row["Number"] for row in table(operator.get(f"{FILE}?{kept.partition('format')[0]}"))] == ["+12065550113"]
    assert [row["Number"] for row in table(operator.get(f"{FILE}?{query}"))] == ["+12065550113"]
    of_project = f"/w/oak-care/projects/{project_id}/calls/export/"
    assert len(table(operator.get(f"{of_project}?{query}"))) == 1
    assert table(operator.get(f"/w/oak-care/projects/another/calls/export/?{query}")) == []


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-02-31",
        "number=123",
        "min_seconds=x",
        "sort=__class__",
        "format=xlsx",
        "a_x=1",
        "days=x",
        "state=%3Cb%3E",
    ],
)
def test_what_cannot_be_taken_exports_nothing(operator, ledger, query):
    answer = operator.get(f"{FILE}?{query}")
    assert answer.status_code == 422 and "Nothing was exported" in text(answer)
    assert not Entry.objects.filter(verb="calls.export").exists()


@pytest.mark.item("S70")
@pytest.mark.item("S48")
def test_taking_it_is_written_down_before_the_first_byte(operator, viewer, ledger, project_id):
    operator.get(f"/w/oak-care/projects/{project_id}/")
    answer = operator.get(
        f"/w/oak-care/projects/{project_id}/calls/export/?number=%2B12065550113&q=(206)+555-0113&state=voicemail"
    )
    entry = Entry.objects.get(verb="calls.export")  # nothing of the file was read yet
    assert (
        entry.user_email == "operator@oakcare.example"
        and entry.outcome.result == "done"
        and entry.after["calls"] == "1"
    )
    assert "Voicemail" in entry.after["filters"] and "555" not in json.dumps([entry.after, entry.thing_name])
    assert entry.project_id == project_id and "exported calls of Northgate Clinics" in text(
        viewer.get("/w/oak-care/activity/")
    )
    assert answer["Content-Disposition"] == 'attachment; filename="calls-oak-care-Northgate Clinics-2026-03-11.csv"'
    assert answer["Content-Encoding"] == "identity" and answer["Cache-Control"] == "no-store"
    assert export.filename(["x", 'a"/../ü\r\n'], "csv", timezone.now()) == "calls-x-a ü-2026-03-11.csv"


@pytest.mark.item("S32")
def test_too_many_exports_wait(operator, ledger):
    answers = [operator.get(FILE).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


@pytest.fixture
def many(workspace, project_id):
    """Calls for more than two portions, and which of them the filters find, in the order of a list."""
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            workspace=workspace, project_id=project_id, number=f"+1206555{n % 100 + 100:04d}", state="completed",
            at=now - timedelta(seconds=n // 3), seconds=n % 7 if n % 5 else None,
            variables={"name": "x", **({"late": n} if n == 2400 else {})},
        )
        for n in range(2500)
    )  # fmt: skip


@pytest.mark.parametrize("sort", ["-at", "at", "-seconds"])
def test_whoever_comes_meanwhile_is_nobodys_double(
    operator, workspace, project_id, many, sort, django_assert_max_num_queries
):
    before = list(
        filters.Filters(sort=sort, workspace=workspace).apply(Call.objects.all()).values_list("pk", flat=True)
    )
    moving = Call.objects.get(pk=before[1200])  # still open: it will wander in an order by length
    Call.objects.filter(pk=moving.pk).update(next_read_at=timezone.now(), state="in-progress")
    pieces = iter(operator.get(f"{FILE}?format=jsonl&sort={sort}"))
    got = [next(pieces)]
    for back in (0, 60, 900):
        at = timezone.now() - timedelta(seconds=back)
        Call.objects.create(workspace=workspace, project_id=project_id, number="+12065550150", at=at, seconds=3)
    Call.objects.filter(pk=moving.pk).update(seconds=6.5 if sort == "-seconds" else 0.5, state="completed")
    with django_assert_max_num_queries(12):
        got += list(pieces)
    told = [json.loads(line) for line in b"".join(got).splitlines()]
    pks = [each["id"] for each in told[:-1]]
    assert len(pks) == len(set(pks)) == told[-1]["calls"]
    there = {str(each) for each in before}
    known = [pk for pk in pks if pk in there]
    others = [str(pk) for pk in before if pk != moving.pk]
    assert [pk for pk in known if pk != str(moving.pk)] == others and str(moving.pk) in known


def test_names_that_come_late_have_a_column_together_and_memory_stays_where_it_is(operator, many):
    answer = operator.get(FILE)
    tracemalloc.start()
    rows = table(answer)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) == 2500 and most < 40_000_000
    assert [json.loads(row["Other variables"]) for row in rows if row["Other variables"]] == [{"late": 2400}]


def test_a_file_that_breaks_off_says_so(operator, workspace, many):
    """The database goes away midway: the last line says it, and whoever serves the file cuts the connection."""
    for kind, last in (("csv", f'"{export.BROKEN_OFF}"\r\n'.encode()), ("jsonl", b'"type": "broken"')):
        got, pieces = [], iter(operator.get(f"{FILE}?format={kind}"))
        got.append(next(pieces))
        with pytest.raises(RuntimeError), broken_database():
            for piece in pieces:
                got.append(piece)
        assert last in got[-1]


def broken_database():
    from django.db import connection

    def refuse(execute, sql, params, many, context):
        raise RuntimeError("the database went away")

    return connection.execute_wrapper(refuse)


@pytest.mark.item("S47")
def test_a_formula_is_none_however_it_is_wrapped(operator, ledger):
    heads = (
        "=",
        "\n=",
        " =",
        "\u200b=",
        "\ufeff=",
        "\u202e=",
        "\uff1d",
        "\uff0b",
        "\uff20",
        "\t=",
        "\r\n=",
        "+",
        "a;=",
    )
    for place, head in enumerate(heads):
        Call.objects.create(
            workspace=ledger.workspace, project_id=ledger.project_id, number="+12065550121", at=timezone.now(),
            variables={"x": f"{head}1+1", f"{head}{place}": "z" * 1_000_000 if place == 3 else "y"}, agent_name=f"{head}a",
        )  # fmt: skip
    raw = body(operator.get(FILE)).decode("utf-8-sig")
    assert ";'=1+1" in raw and ";=" not in raw
    rows = list(csv.reader(io.StringIO(raw, newline=""), strict=True))
    cells = [
        cell
        for row in rows
        for cell in row
        if cell.lstrip("\n\r\t \u200b\ufeff\u202e")[:1] in tuple("=+@\uff1d\uff0b\uff20")
    ]
    assert {cell for cell in cells if not re.fullmatch(r"\+1206555\d{4}", cell)} == set()
    assert sum(cell.startswith("'") for row in rows for cell in row) >= 2 * (len(heads) - 1)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert max(len(cell) for row in rows for cell in row) < 32_767 and "968,000 characters more]" in raw
    assert "z" * 1_000_000 in body(operator.get(f"{FILE}?format=jsonl")).decode()
