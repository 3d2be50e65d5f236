"""Puts made-up calls into a database as fast as it takes them: without indexes and triggers, which are made again afterwards."""

import itertools
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model

from dashboard.calls import texts
from dashboard.calls.models import Analysis, Answer, Call, CallText, Observation, Question, QuestionSet
from tests.bench import made_up
from tests.bench.made_up import Cast

PORTION = 5_000
_LITE = {"synchronous": "OFF", "foreign_keys": "OFF", "cache_size": "-400000", "temp_store": "MEMORY"}
TABLES = [model._meta.db_table for model in (Call, CallText, Observation, Analysis, Answer)]


def fill(many: int, cast: Cast, now: datetime) -> None:
    """So many calls with what hangs on them: searched words, an observation each, and answers about every twentieth."""
    sets = [_questions(cast, project) for project, _ in cast.projects]
    with _unburdened():
        rows = made_up.calls(many, cast, now)
        while portion := list(itertools.islice(rows, PORTION)):
            _write(Call, portion)
            _write(CallText, [_words(row) for row in portion])
            _write(Observation, [_observation(row) for row in portion])
            asked = [row for row in portion[::20] if row["state"] == "completed"]
            chosen = {row["id"]: sets[[pk for pk, _ in cast.projects].index(row["project_id"])] for row in asked}
            _write(Analysis, [_analysis(row, chosen[row["id"]][0].question_set_id) for row in asked])
            _write(Answer, [each for row in asked for each in _answers(row, chosen[row["id"]])])
    _settle()


def _questions(cast: Cast, project: str) -> list[Question]:
    asked = QuestionSet.objects.create(workspace_id=cast.workspace, project_id=project, name="After the call")
    told = [
        ("Was it confirmed?", "Boolean", []),
        ("How content, 1 to 5?", "Number", []),
        ("Mood", "Selector", ["calm", "cross"]),
    ]
    return [
        Question.objects.create(question_set=asked, position=n, text=text, type=kind, options=options)
        for n, (text, kind, options) in enumerate(told)
    ]


def _words(row: dict[str, Any]) -> dict[str, Any]:
    told = {"id": texts.place(row["at"], row["id"]), "text": texts._text(SimpleNamespace(**row), ())}
    return told | {"workspace_id": row["workspace_id"], "call_id": row["id"]}


def _observation(row: dict[str, Any]) -> dict[str, Any]:
    told = {"state": row["state"] or "refused", "source": row["state_source"] or "dashboard", "took": True}
    return told | {"call_id": row["id"], "at": row["ended_at"], "seen_at": row["final_at"]}


def _analysis(row: dict[str, Any], asked: UUID) -> dict[str, Any]:
    told = {"workspace_id": row["workspace_id"], "call_id": row["id"], "question_set_id": asked, "state": "answered"}
    return told | {"asked_at": row["final_at"], "answered_at": row["final_at"]}


def _answers(row: dict[str, Any], questions: list[Question]) -> Iterator[dict[str, Any]]:
    pick = row["id"].int
    for question, value in zip(
        questions, (("Yes", "No")[pick % 2], str(1 + pick % 5), ("calm", "cross")[pick % 3 > 1]), strict=True
    ):
        told = {
            "workspace_id": row["workspace_id"],
            "call_id": row["id"],
            "question_id": question.pk,
            "at": row["final_at"],
        }
        yield told | {"value": value, "short": value, "number": float(value) if value.isdigit() else None}


# --- Writing -----------------------------------------------------------------------------------------------------------
def _write(model: type[Model], rows: list[dict[str, Any]]) -> None:
    """Rows without an id get one from the database; what a row does not say is the field's default."""
    if not rows:
        return
    fields = [each for each in model._meta.concrete_fields if each.attname in rows[0] or not each.primary_key]
    rest = {each.attname: None if each.null else each.get_default() for each in fields}
    lines = ([_plain(row.get(each.attname, rest[each.attname])) for each in fields] for row in rows)
    columns = ", ".join(f'"{each.column}"' for each in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            places = ", ".join(["?"] * len(fields))
            sql = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})"
            connection.connection.executemany(sql, lines)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        return f"{naive}+00" if connection.vendor == "postgresql" else naive
    if isinstance(value, UUID):
        return str(value) if connection.vendor == "postgresql" else value.hex
    return json.dumps(value) if isinstance(value, dict | list) else value


@contextmanager
def _unburdened() -> Iterator[None]:
    """Nothing is checked and no index is kept meanwhile."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            yield from _postgresql(cursor)
        else:
            yield from _sqlite(cursor)


def _sqlite(cursor: Any) -> Iterator[None]:
    for name, value in _LITE.items():
        cursor.execute(f"PRAGMA {name}={value}")
    marks = ", ".join(["%s"] * len(TABLES))
    kept = f"SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ({marks})"
    found = [each for each in cursor.execute(kept, TABLES).fetchall() if each[0] in ("index", "trigger")]
    _all(cursor, (f"DROP {kind} {name}" for kind, name, _ in found))
    cursor.execute("BEGIN")
    yield
    cursor.execute("COMMIT")
    _all(cursor, (sql for _, _, sql in found))
    if any(kind == "trigger" for kind, _, _ in found):
        cursor.execute("INSERT INTO calls_textindex(calls_textindex) VALUES ('rebuild')")


def _postgresql(cursor: Any) -> Iterator[None]:
    cursor.execute("SET session_replication_role = replica")
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [TABLES],
    )
    found = cursor.fetchall()
    _all(cursor, (f'DROP INDEX "{name}"' for name, _ in found))
    yield
    _all(cursor, (sql for _, sql in found))


def _all(cursor: Any, statements: Iterable[str]) -> None:
    for statement in statements:
        cursor.execute(statement)


def _settle() -> None:
    """What PostgreSQL's own housekeeping does sooner or later; SQLite has none, and gets none here."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    connection.close()
