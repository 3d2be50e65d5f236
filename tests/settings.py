"""Settings of the tests: the real ones, with fast budgets, a database file and the sandbox at a made-up address."""

import os

os.environ.update(
    SECRET_KEY="tests-only-" + "x" * 40,
    ENCRYPTION_KEYS="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    SANDBOX_URL="http://sandbox.test",
    DEMO_PASSWORD="practice-makes-calm",
    SIGN_IN_FLOOR_SECONDS="0",
    PUBLIC_URL="http://testserver",
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    LOG_LEVEL="WARNING",
    SESSION_IDLE_SECONDS="28800",  # tests move the clock by hours, and most are not about sessions
    SESSION_ABSOLUTE_SECONDS="604800",
    FRESH_PASSWORD_SECONDS="900",
    CALLS_PER_MINUTE="0",  # tests place calls faster than anybody should; the limit has tests of its own
)
for _name in ("TALKSTACK_API_URL", "TALKSTACK_CALLS_URL", "TALKSTACK_LIST_PROJECTS_PATH", "DEBUG", "MEDIA_HOSTS"):
    os.environ.pop(_name, None)
os.environ["TALKSTACK_CONNECT_SECONDS"] = "0.3"
for _budget in ("READ", "WRITE", "RING"):
    os.environ[f"TALKSTACK_{_budget}_SECONDS"] = "1"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite:///var/tests.sqlite3")

from dashboard.settings import *  # noqa: E402, F403
from dashboard.settings import BASE_DIR, DATABASES, STORAGES  # noqa: E402

STATIC_ROOT = BASE_DIR / "var" / "tests-static"  # empty: every test client has WhiteNoise look through all of it
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    _pragmas = DATABASES["default"]["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["OPTIONS"]["init_command"] = _pragmas  # it lives for minutes, and no power fails meanwhile
    DATABASES["default"]["TEST"] = {"NAME": BASE_DIR / "var" / f"tests{_worker}.{os.getpid()}.sqlite3"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
