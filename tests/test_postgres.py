"""The parts that depend on the database, once more on PostgreSQL: a private cluster is started for them.

Skipped where PostgreSQL is not installed, unless REQUIRE_POSTGRES is set (as in CI), or when the tests already run on it.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
PARTS = [
    "tests/analysis/test_many_calls.py",
    "tests/calls",
    "tests/accounts/test_upstream.py",
    "tests/accounts/test_connection.py",
    "tests/accounts/test_lockout.py",
    "tests/accounts/test_second_factor.py",
    "tests/activity",
    "tests/home/test_days.py",
    "tests/numbers/test_assign.py",
    "tests/safety/test_limits.py",
    "tests/safety/test_rotation.py",
    "tests/team/test_at_once.py",
    "tests/worker/test_background.py",
    "tests/webhooks/test_receive.py",
    "tests/webhooks/test_handling.py",
    "tests/webhooks/test_passing.py",
    "tests/workspace_settings/test_at_once.py",
    "tests/workspace_settings/test_forget.py",
    "tests/workspace_settings/test_keeping.py",
]

# What asks no more of a database than every page does, or fails there as here.
NOT_AGAIN = [
    "--ignore=tests/activity/test_phrases.py",
    "--ignore=tests/calls/test_absurd.py",
    "--ignore=tests/calls/test_detail.py",
    "--ignore=tests/calls/test_dialing.py",
    "--ignore=tests/calls/test_history_odd.py",
    "--ignore=tests/calls/test_kill.py",
    "--ignore=tests/calls/test_new.py",
    "--ignore=tests/calls/test_states.py",
    "--ignore=tests/calls/test_unknown.py",
    "--deselect=tests/accounts/test_lockout.py::test_unknown_address_and_wrong_password_are_one_answer",
    "--deselect=tests/safety/test_limits.py::test_account_forms_from_one_address",
    "--deselect=tests/activity/test_keeping.py::test_no_other_module_goes_around_append_only",
    "--deselect=tests/calls/test_history.py::test_however_it_is_told_the_ledger_ends_the_same",
    "--deselect=tests/calls/test_history.py::test_what_cannot_be_shown_is_a_gap_with_a_name_and_closes_later",
    "--deselect=tests/calls/test_history.py::test_a_day_with_more_calls_than_an_answer_is_divided",
    "--deselect=tests/calls/test_history.py::test_ids_that_change_from_answer_to_answer_make_no_second_row",
    "--deselect=tests/calls/test_history.py::test_an_outage_waits_longer_and_longer_and_catches_up",
    "--deselect=tests/calls/test_history.py::test_a_call_that_shows_up_days_late_is_found_by_reading_again",
    "--deselect=tests/calls/test_history.py::test_all_since_the_last_reading_is_read_again_after_days",
    "--deselect=tests/calls/test_history.py::test_after_an_outage_of_several_kinds_nothing_untrue_stays",
    "--deselect=tests/calls/test_reconcile.py::test_the_database_fails_at_every_query_of_sending",
]


def own(command: list[str]) -> None:
    """Run as the user postgres when we are root: PostgreSQL refuses to run as root."""
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh cluster on a free port."""
    if not BINARIES:
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail("PostgreSQL is required here: apt-get install -y postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install -y postgresql")
    binaries, folder = BINARIES[-1].parent, Path(f"/tmp/dashboard-postgres-{os.getpid()}")
    folder.mkdir(mode=0o700)
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    own([str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "dashboard"])
    careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"  # it lives for minutes
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {careless}"
    own([str(binaries / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start"])
    own([str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "dashboard", "dashboard"])
    yield f"postgresql://dashboard@127.0.0.1:{port}/dashboard"
    own([str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop"])
    shutil.rmtree(folder)


@pytest.mark.skipif(connection.vendor == "postgresql", reason="the tests already run on PostgreSQL")
def test_what_depends_on_the_database(postgres):
    command = [sys.executable, "-m", "pytest", *PARTS, "-m", "not browser", "-q", "-n", "2", "--dist", "worksteal"]
    command += ["-p", "no:cacheprovider", *NOT_AGAIN]
    told = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "TEST_DATABASE_URL": postgres},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-1000:]
