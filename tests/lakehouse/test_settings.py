"""Settings read from an environment: safe by default, and refused where they are not."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from lakehouse.server import safety

PROJECT = Path(__file__).parents[2]
KEY = "a-key-of-letters-and-digits-0123456789-long-enough-to-be-good"
PRODUCTION = {
    "DJANGO_SECRET_KEY": KEY,
    "LAKEHOUSE_PUBLIC_URL": "https://lakehouse.example",
    "LAKEHOUSE_TRUST_PROXY": "true",
}
Read = dict[str, Any]


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def read(env: pytest.MonkeyPatch, **variables: str) -> Read:
    """The settings as a process would have them that starts with these variables."""
    values = dict(os.environ) | variables
    env.setattr(environ.Env, "ENVIRON", values)
    env.setattr(environ.FileAwareEnv, "ENVIRON", FileAwareMapping(values))
    return runpy.run_path(str(PROJECT / "lakehouse" / "settings.py"))


def unsafe(read: Read, host: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.setattr(safety, "settings", SimpleNamespace(**read))
    return {found.setting for found in safety.unsafe(host)}


def test_debug_is_off_by_default(env: pytest.MonkeyPatch) -> None:
    assert read(env)["DEBUG"] is False


def test_without_a_public_url_cookies_work_over_plain_loopback(env: pytest.MonkeyPatch) -> None:
    found = read(env)
    assert not found["SESSION_COOKIE_SECURE"]
    assert not found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_PROXY_SSL_HEADER"] is None


def test_an_https_address_turns_every_protection_on(env: pytest.MonkeyPatch) -> None:
    found = read(env, **PRODUCTION)
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] > 0
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://lakehouse.example"]
    assert "lakehouse.example" in found["ALLOWED_HOSTS"]


def test_a_secret_key_can_come_from_a_file_named_in_the_environment(
    env: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(KEY)
    env.delenv("DJANGO_SECRET_KEY")
    assert read(env, DJANGO_SECRET_KEY_FILE=str(tmp_path / "key"))["SECRET_KEY"] == KEY


def test_the_env_file_fills_in_what_the_environment_lacks(
    env: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LAKEHOUSE_HOSTS=from.file\nDJANGO_SECRET_KEY=other\n")
    found = read(env, LAKEHOUSE_ENV_FILE=str(tmp_path / ".env"), DJANGO_SECRET_KEY=KEY)
    assert found["ALLOWED_HOSTS"] == ["from.file"]
    assert found["SECRET_KEY"] == KEY


def test_an_unknown_log_format_is_refused_by_name(env: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="LAKEHOUSE_LOG"):
        read(env, LAKEHOUSE_LOG="xml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_URL", "file:///mail"),
        ("EMAIL_URL", "smtp+tls://user:canary/word@mail.example:587"),
        ("CACHE_URL", "rediss+canary://host"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused_by_name_and_not_shown(
    env: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{name} cannot be read") as refused:
        read(env, **{name: value})
    assert "canary" not in str(refused.value)


def test_nothing_is_unsafe_on_loopback(env: pytest.MonkeyPatch) -> None:
    assert unsafe(read(env, DJANGO_DEBUG="true", LAKEHOUSE_HOSTS="*"), "127.0.0.1", env) == set()


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("DJANGO_DEBUG", "true", "DJANGO_DEBUG"),
        ("DJANGO_SECRET_KEY", "short", "DJANGO_SECRET_KEY"),
        ("DJANGO_SECRET_KEY", "django-insecure-" + KEY, "DJANGO_SECRET_KEY"),
        ("LAKEHOUSE_HOSTS", "*", "LAKEHOUSE_HOSTS"),
        ("LAKEHOUSE_PUBLIC_URL", "", "LAKEHOUSE_PUBLIC_URL"),
        ("LAKEHOUSE_PUBLIC_URL", "http://lakehouse.example", "LAKEHOUSE_PUBLIC_URL"),
        ("LAKEHOUSE_TRUST_PROXY", "false", "LAKEHOUSE_TRUST_PROXY"),
    ],
)
def test_an_unsafe_setting_is_named_outside_loopback(
    env: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    found = read(env, **PRODUCTION | {variable: value})
    assert unsafe(found, "0.0.0.0", env) == {named}


def test_production_settings_are_safe_everywhere(env: pytest.MonkeyPatch) -> None:
    assert unsafe(read(env, **PRODUCTION), "0.0.0.0", env) == set()


def test_plain_http_has_to_be_asked_for(env: pytest.MonkeyPatch) -> None:
    found = read(env, DJANGO_SECRET_KEY=KEY, LAKEHOUSE_PLAIN_HTTP="true")
    assert unsafe(found, "10.0.0.5", env) == set()


def test_a_server_on_loopback_behind_a_proxy_is_public_too(env: pytest.MonkeyPatch) -> None:
    found = read(env, **PRODUCTION | {"DJANGO_DEBUG": "true"})
    assert unsafe(found, "127.0.0.1", env) == {"DJANGO_DEBUG"}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_loopback_is_known_in_every_spelling(host: str) -> None:
    assert safety.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example", ""])
def test_other_addresses_are_not_loopback(host: str) -> None:
    assert not safety.is_loopback(host)


def test_djangos_own_deployment_check_passes_on_production_settings() -> None:
    command = [sys.executable, str(PROJECT / "manage.py"), "check", "--deploy"]
    result = subprocess.run(
        [*command, "--fail-level", "WARNING"],
        env=os.environ | PRODUCTION,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
