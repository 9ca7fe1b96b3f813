"""The doctor's findings, each on something really broken."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from lakehouse.observing.apps import SECRET
from lakehouse.server.doctor import Finding, State, database, examine, files, retrieval
from lakehouse.server.doctor import settings as settings_area
from providers.models import Provider
from tests.ports import free_port

pytestmark = pytest.mark.django_db


def named(findings: list[Finding], name: str) -> Finding:
    return next(f for f in findings if f.name == name)


def add_provider(auth: str) -> None:
    url = "https://api.anthropic.com"
    provider = Provider(name="claude-two", kind="claude", base_url=url, auth=auth)
    provider.full_clean()
    provider.save()


def doctor(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_healthy_installation_has_no_problem() -> None:
    code, said = doctor()
    assert code == 0, said
    assert "No problems." in said


def test_json_says_the_same_for_machines() -> None:
    code, said = doctor("--json")
    assert code == 0
    assert {"area": "database", "name": "migrations", "state": "ok"}.items() <= next(
        f for f in json.loads(said) if f["name"] == "migrations"
    ).items()


@pytest.mark.parametrize("name", SECRET)
def test_it_shows_no_secret_of_the_settings(settings: LazySettings, name: str) -> None:
    setattr(settings, name, f"canary-of-{name}")
    apps.get_app_config("observing").ready()
    assert "canary-of" not in doctor("--json")[1]


def test_a_problem_is_exit_code_1_with_what_to_do() -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    code, said = doctor()
    assert code == 1
    assert "manage.py migrate" in said


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_file_of_secrets_must_be_private(
    tmp_path: Path, settings: LazySettings, mode: int
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("")
    file.chmod(mode)
    settings.SECRETS_FILE = file
    found = named(list(files.look()), str(file))
    assert found.state is (State.OK if mode == 0o600 else State.PROBLEM)
    assert (f"chmod 600 {file}" in found.remedy) == (mode != 0o600)


def test_a_missing_registry_is_a_problem(tmp_path: Path, settings: LazySettings) -> None:
    settings.PROVIDERS_FILE = tmp_path / "providers.toml"
    found = named(list(files.look()), str(tmp_path / "providers.toml"))
    assert (found.state, found.detail) == (State.PROBLEM, "is missing")


def test_a_var_folder_under_a_file_is_a_problem(tmp_path: Path, settings: LazySettings) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "file").chmod(0o444)
    settings.VAR_DIR = tmp_path / "file" / "var"
    assert next(files.look()).state is State.PROBLEM


def test_a_provider_without_its_secret_is_noted_and_named() -> None:
    add_provider(auth="ABSENT_KEY")
    found = named(examine(), "claude-two")
    assert found.state is State.NOTE
    assert "ABSENT_KEY" in found.remedy


def test_a_secret_s_value_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary-value-1234567890")
    add_provider(auth="ANTHROPIC_API_KEY")
    _, said = doctor()
    assert "present" in said
    assert "canary-value" not in said + doctor("--json")[1]


def test_unsafe_settings_are_named_when_the_server_is_public(settings: LazySettings) -> None:
    settings.LAKEHOUSE_PUBLIC_URL = "http://lakehouse.example"
    problems = [f.name for f in settings_area.look() if f.state is State.PROBLEM]
    assert problems == ["LAKEHOUSE_PUBLIC_URL"]


def test_a_cache_that_does_not_answer_is_a_problem(settings: LazySettings) -> None:
    redis = "django.core.cache.backends.redis.RedisCache"
    away = {"BACKEND": redis, "LOCATION": f"redis://127.0.0.1:{free_port()}"}
    settings.CACHES = {"default": away}
    found = named(list(settings_area.look()), "CACHE_URL")
    assert found.state is State.PROBLEM
    assert "CACHE_URL" in found.remedy


def test_pgvector_is_there_in_the_embedded_server() -> None:
    assert named(list(database.look()), "pgvector").state is State.OK


def test_a_language_that_the_database_does_not_know_is_named(settings: LazySettings) -> None:
    settings.LAKEHOUSE_TEXT_SEARCH = "klingon"
    assert "klingon" in named(list(database.look()), "text search").detail


@pytest.mark.parametrize(
    ("setting", "state", "said"),
    [
        ("", State.OK, "not set"),
        ("nobody/m", State.PROBLEM, "the provider nobody, which does not exist"),
        ("echo/echo@9999", State.PROBLEM, "asks for 9999 dimensions"),
    ],
)
def test_who_embeds_is_told_and_a_wrong_setting_is_a_problem(
    settings: LazySettings, setting: str, state: State, said: str
) -> None:
    settings.LAKEHOUSE_EMBEDDING = setting
    found = named(list(retrieval.look()), "LAKEHOUSE_EMBEDDING")
    assert found.state is state
    assert said in found.detail
