"""Writes of many threads in one transaction: each is there when it returns, and none suffers from another's mistake."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from dashboard.webhooks import together
from dashboard.webhooks.models import Endpoint
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def made(workspace, name: str) -> Endpoint:
    return Endpoint.objects.create(workspace=workspace, project_id=name)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL writes side by side")
def test_what_waits_is_written_at_once_and_a_mistake_stays_alone(workspace):
    """While the database is held, a line forms behind it; one of the line writes what is there already."""
    made(workspace, "there")
    names = iter(["a", "b", "there", "c", "d"])
    held, free = threading.Event(), threading.Event()

    def hold() -> str:
        with transaction.atomic():
            Endpoint.objects.filter(project_id="there").update(project_name="held")
            held.set()
            assert free.wait(10)
        return "held"

    def add() -> str:
        name = next(names)
        assert held.wait(10)
        try:
            together.write(lambda: made(workspace, name))
        except IntegrityError:
            return f"not {name}"
        assert Endpoint.objects.filter(project_id=name).exists()
        return name

    jobs = iter([hold, add, add, add, add, add])
    timer = threading.Timer(0.5, free.set)
    timer.start()
    told = at_once(6, lambda: next(jobs)())
    assert sorted(told) == ["a", "b", "c", "d", "held", "not there"]
    assert Endpoint.objects.count() == 5


def test_a_mistake_of_another_kind_is_told_to_whoever_made_it(workspace):
    def wrong() -> None:
        made(workspace, "half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        together.write(wrong)
    assert not Endpoint.objects.filter(project_id="half").exists()
    together.write(lambda: made(workspace, "whole"))
    assert Endpoint.objects.get().project_id == "whole"
