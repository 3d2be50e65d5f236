"""Every verb in use reads like a sentence."""

import ast
from pathlib import Path

import dashboard
from dashboard.activity.models import Entry
from dashboard.activity.phrases import PHRASES, phrase

WRITERS = {"ask", "note", "write", "_entry", "_mine", "act"}


def verbs_in_use() -> set[str]:
    """The verbs given to whatever writes records, anywhere in the product: by name, or in second place."""
    found = set()
    for file in Path(dashboard.__file__).parent.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            given = [word.value for word in call.keywords if word.arg == "verb"]
            if name in WRITERS and name != "ask":
                given += call.args[2:3] if name == "note" else call.args[1:3]
            found |= {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return found


def test_every_verb_in_use_has_its_phrase():
    used = verbs_in_use()
    assert {"sign_in", "workspace.open", "person.update", "call.release", "access.refused", "activity.export"} <= used
    assert used - set(PHRASES) == set()


def test_phrases():
    entry = Entry(verb="project.create", thing_name="{name} {0} %s")
    assert phrase(entry) == "created the project {name} {0} %s"
    assert phrase(Entry(verb="sign_in", thing_name="x@y.example")) == "signed in"
    assert phrase(Entry(verb="agent.update", thing_id="a1")) == "changed the agent a1"
    assert phrase(Entry(verb="agent.create"), "Reminder") == "created the agent Reminder"
    assert phrase(Entry(verb="not.known", thing_name="it")) == "did not.known: it"
