"""Addresses of lists of calls with values that no page of ours makes: a page comes, with words at the field, never an error."""

from urllib.parse import quote

import pytest
from django.utils import timezone

from dashboard.calls.models import Call
from tests.analysis.conftest import asked_of
from tests.conftest import text

NAMES = [
    "q", "state", "hour", "direction", "agent", "number", "line", "min_seconds", "max_seconds", "min_cost", "max_cost", "by",
    "days", "days_were", "from", "to", "sort", "columns", "before", "after", "format", "a_%s", "a_x", "page", "seen",
]  # fmt: skip
CALL = "0b1c6f0e-98a8-4d54-9d3a-1f5e0d3c9a11"
VALUES = [
    "1e309", "-1e309", "NaN", "Infinity", "-1", "-0", "9" * 400, "1e-400", "0x10", "1_000", "٣", "²", "①", "½", "1,5,5", "..",
    "1..1e999", ">=1e999", "=", "<", "3..", "..<", "\x00", "a\x00b", "\ud800", "\u202e", "%", "_", "%%%s%n", "'\"--;",
    "0000-00-00", "9999-12-31", "10000-01-01", "2026-02-30", "2026-W10-1", "20260311", "000099" + "9" * 20, "0" * 200 + "7",
    f"9999-12-31T23:59:59.999999-12:00~{CALL}", f"0001-01-01T00:00:00+14:00~{CALL}", f"1e400~2026-03-11T17:00:00+00:00~{CALL}",
    f"NaN~2026-03-11T17:00:00+00:00~{CALL}", f"1~2026-03-11T17:00:00+99:99~{CALL}", f"~~{CALL}", "~" * 500,
    "00000000-0000-0000-0000-000000000000", "[]", "{}", "true", "none", "any", "x" * 5_000, "اَ" * 300,
]  # fmt: skip


@pytest.fixture
def addresses(workspace, project_id):
    """The pages that read filters, in the workspace and in the project."""
    Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now(), seconds=9, cost="0.2"
    )
    known = asked_of(workspace, project_id)
    project = f"/w/oak-care/projects/{project_id}"
    pages = [f"{project}/calls/", f"{project}/questions/{known['set_id']}/", f"{project}/questions/ask/"]
    pages += [
        f"{project}/questions/askings/{known['asking_id']}/",
        "/w/oak-care/calls/export/",
        "/w/oak-care/calls/views/",
    ]
    return ["/w/oak-care/calls/", *pages]


def test_no_value_of_a_filter_breaks_a_page(operator, addresses):
    question = "5a1c6f0e-98a8-4d54-9d3a-1f5e0d3c9a11"
    for place, name in enumerate(NAMES):
        name = name.replace("%s", question)
        for turn, value in enumerate(VALUES):
            if (place + turn) % 4:
                continue  # every name with every fourth value, every value with every fourth name
            url = addresses[turn % len(addresses)] if place % 3 else addresses[0]
            asked = f"{url}?{quote(name)}={quote(value, errors='surrogatepass')}"
            answer = operator.get(asked)
            assert answer.status_code in (200, 302, 303, 400, 404, 422, 429), (asked[:200], answer.status_code)
            if answer.streaming:
                b"".join(answer)


@pytest.mark.parametrize(
    "days", ["000099" + "9" * 20, "0" * 200 + "7", "²", "٣", "36600", "3661", "-7", "1e3", "+7", "7.0", "0"]
)
def test_a_number_of_days_that_is_none_says_so(viewer, workspace, days):
    page = text(viewer.get(f"/w/oak-care/calls/?days={quote(days)}"))
    assert "This is no period." in page and "Last 7 days" in page
