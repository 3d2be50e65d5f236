"""The index over what is searched: every three letters in a row of CallText.text.

On SQLite a full-text table without a copy of the text (external content, detail=none), kept by triggers; it knows a row by its
id, which therefore is a column of its own. Whoever changes the table calls_calltext has SQLite make it anew and loses the
triggers: make them again then (tests/calls/test_search.py looks for them). On PostgreSQL an index of pg_trgm; where the role
may not create that extension, searching works without and is slower.
"""

from django.db import migrations, models, transaction
from django.db.utils import OperationalError, ProgrammingError

SQLITE = [
    "CREATE VIRTUAL TABLE calls_textindex USING fts5("
    "text, content='calls_calltext', content_rowid='id', tokenize='trigram case_sensitive 1', detail='none')",
    "CREATE TRIGGER calls_textindex_in AFTER INSERT ON calls_calltext BEGIN "
    "INSERT INTO calls_textindex(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER calls_textindex_out AFTER DELETE ON calls_calltext BEGIN "
    "INSERT INTO calls_textindex(calls_textindex, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER calls_textindex_new AFTER UPDATE OF text ON calls_calltext WHEN old.text <> new.text BEGIN "
    "INSERT INTO calls_textindex(calls_textindex, rowid, text) VALUES ('delete', old.id, old.text); "
    "INSERT INTO calls_textindex(rowid, text) VALUES (new.id, new.text); END",
    "INSERT INTO calls_textindex(calls_textindex) VALUES ('rebuild')",
]
SQLITE_BACK = [f"DROP TRIGGER IF EXISTS calls_textindex_{name}" for name in ("in", "out", "new")] + [
    "DROP TABLE IF EXISTS calls_textindex"
]
POSTGRES = "CREATE INDEX calls_text_trigrams ON calls_calltext USING gin (text gin_trgm_ops)"
POSTGRES_BACK = "DROP INDEX IF EXISTS calls_text_trigrams"


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement)
    elif schema_editor.connection.vendor == "postgresql":
        with_trigrams(schema_editor)


def with_trigrams(schema_editor):
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(POSTGRES)
    except (ProgrammingError, OperationalError) as refused:
        print(f"\n  Searching calls will be slower: PostgreSQL has no pg_trgm for this role ({str(refused).strip()}).")


def backwards(apps, schema_editor):
    back = SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else [POSTGRES_BACK]
    for statement in back:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("calls", "0004_not_ready_is_due")]

    operations = [
        migrations.CreateModel(
            name="TextIndex",
            fields=[
                ("row", models.BigIntegerField(db_column="rowid", primary_key=True, serialize=False)),
                ("words", models.TextField(db_column="calls_textindex")),
            ],
            options={"db_table": "calls_textindex", "managed": False},
        ),
        migrations.RunPython(forwards, backwards),
    ]
