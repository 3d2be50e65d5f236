"""Every setting of the dashboard, read from the environment and from nowhere else.

All mistakes are reported at once, so that a deployment is mended in one go. The README lists each variable.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
_mistakes: list[str] = []


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def _flag(name: str, default: bool = False) -> bool:
    value = _text(name).lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        _mistakes.append(f"{name} must be 1 or 0.")
    return value in ("1", "true", "yes") if value else default


def _number(name: str, default: float) -> float:
    value = _text(name)
    try:
        number = float(value) if value else default
    except ValueError:
        number = -1.0
    if not 0 <= number < 10**9:
        _mistakes.append(f"{name} must be a number, 0 or more.")
        return default
    return number


def _words(name: str, default: str = "") -> list[str]:
    return [word for word in _text(name, default).replace(",", " ").split() if word]


def _url(name: str, default: str = "") -> str:
    value = _text(name, default).rstrip("/")
    if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
        _mistakes.append(f"{name} must be an address such as https://example.com.")
        return default
    return value


def _mail(url: str) -> dict[str, Any]:
    """Where mails go: smtp:// (STARTTLS), smtps:// (TLS from the start) or smtp+plain:// (a relay on this machine)."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps", "smtp+plain") or not parts.hostname:
        _mistakes.append("EMAIL_URL must look like smtp://user:password@mail.example.com:587.")
        return {}
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 587, "smtps": 465}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def _database(url: str) -> dict[str, Any]:
    if url.startswith("sqlite:///"):
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": BASE_DIR / url.removeprefix("sqlite:///"),
            "OPTIONS": options,
            "CONN_MAX_AGE": 60,  # opening it for every request reads the whole schema and closing it empties the journal
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        _mistakes.append("DATABASE_URL must start with sqlite:/// or postgresql://.")
        return {}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _release() -> str:
    for line in (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## ["):
            return line[4:].partition("]")[0]
    return "unreleased"


# --- What must be there ---------------------------------------------------------------------------------------------
SECRET_KEY = _text("SECRET_KEY")
if len(SECRET_KEY) < 32:
    _mistakes.append("SECRET_KEY is missing or shorter than 32 characters.")
ENCRYPTION_KEYS = _words("ENCRYPTION_KEYS")
if not ENCRYPTION_KEYS or any(len(key) != 44 for key in ENCRYPTION_KEYS):
    _mistakes.append("ENCRYPTION_KEYS needs at least one Fernet key (44 characters); the first one encrypts.")

# --- Where it runs --------------------------------------------------------------------------------------------------
DEBUG = _flag("DEBUG")
PORT = int(_number("PORT", 8000))
PUBLIC_URL = _url("PUBLIC_URL", f"http://127.0.0.1:{PORT}")
HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = _words("ALLOWED_HOSTS") or [urlsplit(PUBLIC_URL).hostname or "", "127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = _words("TRUSTED_PROXIES")
RELEASE = _release()

# --- Talkstack, and the sandbox that stands in for it -----------------------------------------------------------------
TALKSTACK_API_URL = _url("TALKSTACK_API_URL")
TALKSTACK_CALLS_URL = _url("TALKSTACK_CALLS_URL", TALKSTACK_API_URL)
TALKSTACK_LIST_PROJECTS_PATH = _text("TALKSTACK_LIST_PROJECTS_PATH")
SANDBOX_URL = _url("SANDBOX_URL", "http://127.0.0.1:8010")
SANDBOX_STATE = BASE_DIR / _text("SANDBOX_STATE", "var/sandbox.json")
MEDIA_HOSTS = _words("MEDIA_HOSTS", "api.twilio.com storage.googleapis.com")
BUDGETS = {
    "connect": _number("TALKSTACK_CONNECT_SECONDS", 2.0),
    "read": _number("TALKSTACK_READ_SECONDS", 6.0),
    "write": _number("TALKSTACK_WRITE_SECONDS", 8.0),
    "ring": _number("TALKSTACK_RING_SECONDS", 15.0),
    "analysis": _number("TALKSTACK_ANALYSIS_SECONDS", 90.0),
}

# --- People ----------------------------------------------------------------------------------------------------------
OPEN_WORKSPACES = _text("OPEN_WORKSPACES", "first")
if OPEN_WORKSPACES not in ("first", "listed", "anyone"):
    _mistakes.append("OPEN_WORKSPACES must be first, listed or anyone.")
OPEN_WORKSPACES_FOR = [word.lower() for word in _words("OPEN_WORKSPACES_FOR")]
DEMO_PASSWORD = _text("DEMO_PASSWORD")
SIGN_IN_FLOOR_SECONDS = _number("SIGN_IN_FLOOR_SECONDS", 1.0)
SESSION_IDLE_SECONDS = int(_number("SESSION_IDLE_SECONDS", 30 * 60))
SESSION_ABSOLUTE_SECONDS = int(_number("SESSION_ABSOLUTE_SECONDS", 8 * 3600))
SIGN_INS_KEEP_DAYS = int(_number("SIGN_INS_KEEP_DAYS", 730))
FRESH_PASSWORD_SECONDS = int(_number("FRESH_PASSWORD_SECONDS", 15 * 60))

# --- Mail: without EMAIL_URL nothing is mailed, and links are shown to be copied ---------------------------------------
EMAIL_URL = _text("EMAIL_URL")
EMAIL_FROM = _text("EMAIL_FROM")
if EMAIL_URL:
    globals().update(_mail(EMAIL_URL))
    if "@" not in EMAIL_FROM:
        _mistakes.append("EMAIL_FROM must be the address that mails come from, such as dashboard@example.com.")
EMAIL_TIMEOUT = 10

# --- Calling ---------------------------------------------------------------------------------------------------------
CALLING_HOURS = (int(_number("CALLING_HOURS_START", 9)), int(_number("CALLING_HOURS_END", 20)))
CALLS_PER_MINUTE = int(_number("CALLS_PER_MINUTE", 60))
COOLING_OFF_HOURS = _number("COOLING_OFF_HOURS", 24)
RECONCILE_AFTER_SECONDS = _number("RECONCILE_AFTER_SECONDS", 60)

# --- Webhooks ----------------------------------------------------------------------------------------------------------
WEBHOOK_EVENTS_PER_MINUTE = int(_number("WEBHOOK_EVENTS_PER_MINUTE", 6000))
WEBHOOK_KEEP_DAYS = _number("WEBHOOK_KEEP_DAYS", 30)

if _mistakes:
    raise ImproperlyConfigured("The dashboard cannot start:\n- " + "\n- ".join(_mistakes))

# --- Django ----------------------------------------------------------------------------------------------------------
ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": _database(_text("DATABASE_URL", "sqlite:///var/dashboard.sqlite3"))}
ATOMIC_REQUESTS = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # a prompt of 1 MB is up to 3 MB when form-encoded

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "axes",
    "dashboard.web",
    "dashboard.activity",
    "dashboard.accounts",
    "dashboard.calls",
    "dashboard.analysis",
    "dashboard.home",
    "dashboard.projects",
    "dashboard.agents",
    "dashboard.numbers",
    "dashboard.voices",
    "dashboard.practice",
    "dashboard.webhooks",
    "dashboard.team",
    "dashboard.workspace_settings",
    "dashboard.worker",
]
MIDDLEWARE = [
    "dashboard.web.middleware.ClientAddress",
    "dashboard.web.middleware.RequestId",
    "dashboard.web.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.web.middleware.ViewerZone",
    "dashboard.web.middleware.UpstreamErrors",
]
_loaders = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    _loaders if DEBUG else [("django.template.loaders.cached.Loader", _loaders)],
                )
            ],
            "builtins": [
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "dashboard.web.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "dashboard.web.context.page",
            ],
        },
    }
]
FORM_RENDERER = "dashboard.web.forms.Renderer"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign_in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "dashboard.accounts.password_words.ContextWordsValidator"},
]
AXES_HANDLER = "dashboard.accounts.lockout.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(hours=1)
AXES_RESET_ON_SUCCESS = False  # we forget only what this browser failed (accounts/lockout.py)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the activity has it
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002", "axes.W003"]  # we ask its handler ourselves: Talkstack checks most passwords
SESSION_ENGINE = "dashboard.accounts.sessions"
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Cookies and transport follow the scheme of PUBLIC_URL ------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "dashboard.web.views.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "dashboard.web.storage.BundledStaticFilesStorage"
    },
}

# --- Logs: one JSON line per event, numbers masked --------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dashboard.web.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": _text("LOG_LEVEL", "INFO")},
}
