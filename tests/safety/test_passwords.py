"""Which passwords are taken here: long ones of any kind, none that everybody tries first, kept with Argon2id."""

import os
import re
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from dashboard.accounts.models import User
from tests.test_architecture import ROOT

OTTO = User(email="otto.sample@oakcare.example", name="Otto Sample")


def real_settings(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `code` with the product's own settings and nothing else in the environment."""
    keys = {"SECRET_KEY": "k" * 40, "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    given = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "dashboard.settings", **keys, **environment}
    command = [sys.executable, "-c", f"from django.conf import settings\n{code}"]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.item("S09")
@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "abcdefghijkl mnop",
        "ж" * 3 + "ünïcödé ☎ wörds",
        "x1" * 500,
        "  spaces at both ends  ",
        "aaaabbbbccccdddd",
    ],
)
def test_any_long_password_is_taken(password):
    validate_password(password, OTTO)


@pytest.mark.item("S09")
def test_short_ones_are_not():
    with pytest.raises(ValidationError, match="at least 12"):
        validate_password("elevenchars", OTTO)


@pytest.mark.item("S09")
def test_pasting_and_password_managers_are_welcome(owner):
    for path in ("/sign-up/", "/account/password/"):
        page = owner.get(path, follow=True).content.decode()
        fields = re.findall(r'<input[^>]*type="password"[^>]*>', page)
        assert all(re.search(r'autocomplete="(new|current)-password"', field) for field in fields), fields
        assert "onpaste" not in page and 'maxlength="64"' not in page


@pytest.mark.item("S10")
@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiop123",
        "1234567890123",
        "talkstack2026",
        "Talkstack-Dashboard!1",
        "dashboard-dash",
        "otto.sample@oakcare",
        "testserver-1234",
    ],
)
def test_passwords_that_everybody_tries_first_are_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, OTTO)


@pytest.mark.item("S10")
def test_the_list_of_common_passwords_is_long():
    assert len(CommonPasswordValidator().passwords) >= 3000


@pytest.mark.item("S12")
def test_argon2id_in_production():
    hashed = Argon2PasswordHasher().encode("correct horse battery", "saltsaltsalt")
    assert hashed.startswith("argon2$argon2id$")
    told = real_settings("print(settings.PASSWORD_HASHERS[0])")
    assert told.stdout.strip() == "django.contrib.auth.hashers.Argon2PasswordHasher", told.stderr


@pytest.mark.item("S21")
def test_half_an_hour_and_a_day_of_work_by_default():
    told = real_settings(
        "print(settings.SESSION_IDLE_SECONDS, settings.SESSION_ABSOLUTE_SECONDS, settings.SESSION_ENGINE)"
    )
    assert told.stdout.split() == ["1800", "28800", "dashboard.accounts.sessions"], told.stderr


@pytest.mark.item("S24")
def test_cookies_behind_https_are_for_this_host_alone():
    names = (
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
    )
    names += ("CSRF_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_DOMAIN")
    code = f"print(*(getattr(settings, name) for name in {names}))"
    told = real_settings(code, PUBLIC_URL="https://dashboard.example.com")
    assert told.stdout.split() == ["__Host-sessionid", "__Host-csrftoken", *["True"] * 4, "Lax", "None"], told.stderr


@pytest.mark.item("S66")
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "shorter than 32"),
        ({"ENCRYPTION_KEYS": ""}, "ENCRYPTION_KEYS needs"),
        ({"ENCRYPTION_KEYS": "abc"}, "ENCRYPTION_KEYS needs"),
        ({"EMAIL_URL": "mail.example.com"}, "EMAIL_URL must look like"),
        ({"EMAIL_URL": "smtp://mail.example.com"}, "EMAIL_FROM must be"),
    ],
)
def test_the_program_does_not_start_without_its_keys(environment, words):
    told = real_settings("settings.SECRET_KEY", **environment)
    assert told.returncode != 0 and words in told.stderr


@pytest.mark.item("S18")
@pytest.mark.django_db
def test_a_new_installation_has_nobody_in_it():
    assert not User.objects.exists()
    assert not hasattr(User, "is_superuser") and not hasattr(User, "is_staff")
