"""The activity as a file: what is in it, that no spreadsheet runs it, and that taking it is an entry."""

import csv
import io
import json

import pytest

from dashboard.activity.export import COLUMNS, neutral
from dashboard.activity.models import Entry
from tests.activity.conftest import PAGE, done, fill

FILE = f"{PAGE}export/"


def body(answer):
    return b"".join(answer.streaming_content)


def table(answer):
    return list(csv.DictReader(io.StringIO(body(answer).decode("utf-8-sig"), newline="")))


def test_csv(operator, workspace):
    done(
        workspace, "agent.update", "agent", thing_id="a1", thing_name='Reminder, "the" one\nof two', project_id="p",
        before={"name": "x"}, after={"name": "ü"}, words="No.", result="refused",
    )  # fmt: skip
    answer = operator.get(f"{FILE}?kind=agent")
    raw = body(answer)
    assert answer["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="activity-oak-care-2026-03-11.csv"'
    assert answer["Cache-Control"] == "no-store" and answer["X-Content-Type-Options"] == "nosniff"
    assert raw.startswith(b"\xef\xbb\xbfid,at,who") and raw.count(b"\r\n") == 2
    (row,) = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert tuple(row) == COLUMNS
    assert row["thing_name"] == 'Reminder, "the" one\nof two' and row["outcome"] == "refused" and row["words"] == "No."
    assert json.loads(row["after"]) == {"name": "ü"} and row["at"].endswith("Z") and "changed the agent" in row["what"]


def test_json_lines(operator, workspace):
    done(workspace, "agent.update", "agent", thing_name="=1+1", after={"half": "\ud800", "n": 1})
    answer = operator.get(f"{FILE}?format=jsonl&kind=agent")
    (line,) = body(answer).decode().splitlines()
    assert json.loads(line)["thing_name"] == "=1+1" and json.loads(line)["after"] == {"half": "?", "n": 1}
    assert ".jsonl" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1+1", "'+1+1"),
        ("+12065550121", "+12065550121"),
        ("+1 206 555 0121", "'+1 206 555 0121"),
        ("+12065550121\n=1", "'+12065550121\n'=1"),
        ("+١٢٣٤٥٦٧٨", "'+١٢٣٤٥٦٧٨"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("plain", "plain"),
        ("a=b", "a=b"),
        ("yes;=1+1;", "yes;'=1+1;"),
        ('a;  "@SUM(A1)', "a;  \"'@SUM(A1)"),
        ("a\n-2+cmd|' /C calc'!A0", "a\n'-2+cmd|' /C calc'!A0"),
        ("a\t+HYPERLINK(1)", "a\t'+HYPERLINK(1)"),
        ("eggs:\n- white\n- brown; -2", "eggs:\n- white\n- brown; -2"),
        (None, ""),
        (7, "7"),
        ("\ud800", "?"),
    ],
)
def test_no_cell_is_a_formula(value, cell):
    assert neutral(value) == cell


def test_hostile_names_in_a_file(operator, workspace):
    done(
        workspace, "agent.update", "agent", thing_name="=cmd|' /C calc'!A0", words='@x",\r\n=1', after={"=a": "\ud800"}
    )
    (row,) = table(operator.get(f"{FILE}?kind=agent"))
    assert row["thing_name"] == "'=cmd|' /C calc'!A0" and row["words"] == "'@x\",\r\n'=1"


def test_the_file_is_what_the_filters_find(operator, workspace):
    fill(workspace, 350)
    assert [row["thing_name"] for row in table(operator.get(f"{FILE}?q=Thing"))] == [f"Thing {n}" for n in range(350)]
    assert {row["kind"] for row in table(operator.get(f"{FILE}?kind=number"))} == {"number"}
    assert len(table(operator.get(f"{FILE}?kind=agent&thing=t1"))) == 4
    assert table(operator.get(f"{FILE}?q=nothing+of+it")) == []


def test_nobody_elses(operator, workspace, elsewhere):
    done(elsewhere, "agent.update", "agent", thing_name="Theirs")
    raw = body(operator.get(FILE)).decode()
    assert "Theirs" not in raw and "stranger" not in raw


def test_where_others_signed_in_from_is_not_in_an_operators_file(operator, admin):
    mine = {row["email"]: row["after"] for row in table(operator.get(f"{FILE}?verb=sign_in"))}
    assert mine["admin@oakcare.example"] == "" and "127.0.0.1" in mine["operator@oakcare.example"]
    assert all("127.0.0.1" in row["after"] for row in table(admin.get(f"{FILE}?verb=sign_in")))


def test_taking_it_is_an_entry(operator, workspace):
    done(workspace, "agent.update", "agent", thing_name="Reminder")
    raw = body(operator.get(f"{FILE}?kind=agent&format=csv"))
    entry = Entry.objects.get(verb="activity.export")
    assert entry.user_email == "operator@oakcare.example" and entry.outcome.result == "done"
    assert entry.after["entries"] == "1" and entry.after["filters"] == {"kind": "agent"}
    assert b"activity.export" not in raw
    assert "exported the activity" in operator.get(PAGE).content.decode()


def test_roles(viewer, operator, stranger):
    assert viewer.get(FILE).status_code == 403 and stranger.get(FILE).status_code == 404
    assert f'action="{FILE}"' in operator.get(PAGE).content.decode()
    assert f'action="{FILE}"' not in viewer.get(PAGE).content.decode()


def test_a_strange_format_is_csv(operator):
    assert ".csv" in operator.get(f"{FILE}?format=exe")["Content-Disposition"]
