"""The record of what people did: written before the deed, never changed, without secrets."""

import pytest
from django.db import IntegrityError, transaction

from dashboard.activity import record
from dashboard.activity.models import Entry, Outcome, Unchangeable

DEED = {"verb": "project.update", "kind": "project", "thing_id": "p1", "thing_name": "Northgate"}


@pytest.fixture
def entry(workspace):
    return record.ask(workspace=workspace, user=None, **DEED, before={"name": "a"}, after={"name": "b"})


def test_asked_and_done(entry):
    record.outcome(entry, "done", thing_name="Northgate 2")
    found = Entry.objects.get(pk=entry.pk)
    assert (found.outcome.result, found.outcome.thing_name, found.before) == ("done", "Northgate 2", {"name": "a"})


def test_one_outcome_only(entry):
    record.outcome(entry, "unknown")
    with pytest.raises(IntegrityError), transaction.atomic():
        record.outcome(entry, "done")


def test_nothing_is_ever_changed_or_removed(entry):
    record.outcome(entry, "done")
    entry.verb = "nothing"
    for forbidden in (
        entry.save,
        entry.delete,
        Entry.objects.get(pk=entry.pk).save,
        entry.outcome.save,
        entry.outcome.delete,
        lambda: Entry.objects.all().update(verb="nothing"),
        lambda: Entry.objects.filter(pk=entry.pk).delete(),
        lambda: Outcome.objects.all().delete(),
        lambda: Outcome.objects.all().update(result="done"),
        lambda: Entry.objects.bulk_update([entry], ["verb"]),
        lambda: Entry.objects.update_or_create(pk=entry.pk, defaults={"verb": "nothing"}),
    ):
        with pytest.raises(Unchangeable):
            forbidden()
    assert Entry.objects.get(pk=entry.pk).verb == "project.update"


def test_person_may_go_and_the_record_stays(workspace):
    from dashboard.accounts.models import User

    user = User.objects.create_user("gone@oakcare.example", "a long password")
    entry = record.note(workspace=workspace, user=user, **DEED)
    user.delete()
    found = Entry.objects.get(pk=entry.pk)
    assert found.user is None and found.user_email == "gone@oakcare.example"


def test_secrets_are_left_out_at_any_depth(workspace):
    values = {
        "name": "x", "api_key": "s", "apiKey": "s", "refreshToken": "s", "list": [{"password": "s", "keep": 1}],
        "monkey": "stays", "Authorization": "s", "nul": "a\x00b",
    }  # fmt: skip
    entry = record.note(workspace=workspace, user=None, **DEED, after=values)
    assert Entry.objects.get(pk=entry.pk).after == {
        "name": "x", "list": [{"keep": 1}], "monkey": "stays", "nul": "ab", "secret_changed": True,
    }  # fmt: skip


def test_note_is_done_at_once(workspace):
    assert record.note(workspace=workspace, user=None, **DEED).outcome.result == "done"


@pytest.mark.django_db(transaction=True)
def test_ask_inside_a_transaction_fails_loudly(db):
    with pytest.raises(RuntimeError), transaction.atomic():
        record.ask(workspace=None, user=None, **DEED)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_note_goes_with_its_transaction(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record.note(workspace=None, user=None, **DEED)
        _ = 1 // 0
    assert not Entry.objects.exists()


def test_overlong_words_are_cut_to_fit(workspace):
    entry = record.note(workspace=workspace, user=None, verb="project.update", kind="project", thing_name="x" * 999)
    assert len(Entry.objects.get(pk=entry.pk).thing_name) == 300
