"""The files an operator copies: parsed, and compared with the commands and settings they name."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import load_command_class

from lakehouse.server.web import LAST_RESORT

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
UNITS = ["lakehouse-web.service", "lakehouse-worker.service"]
EXAMPLES = ["lakehouse.env.example", "kimi.env.example"]
# Where a process finds its settings, and how tests turn fsync off.
NOT_FOR_OPERATORS = {"LAKEHOUSE_ENV_FILE", "LAKEHOUSE_DURABLE", "DJANGO_DEBUG"}


def service(unit: str) -> dict[str, list[str]]:
    """The [Service] section; a key may come more than once."""
    found: dict[str, list[str]] = {}
    section = (DEPLOY / unit).read_text().partition("[Service]")[2].partition("\n[")[0]
    for key, value in re.findall(r"^(\w+)=(.*)$", section, re.M):
        found.setdefault(key, []).append(value)
    return found


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def names(example: str, text: str) -> set[str]:
    return set(re.findall(rf"^{text}([A-Z_]+)=", (DEPLOY / example).read_text(), re.M))


def parsed(words: list[str]) -> dict[str, Any]:
    """Options of a `manage.py` command line; fails on one that does not exist."""
    command = load_command_class("lakehouse.server", words[0])
    return vars(command.create_parser("manage.py", words[0]).parse_args(words[1:]))


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_starts_a_command_that_exists_with_options_it_has(unit: str) -> None:
    (line,) = service(unit)["ExecStart"]
    words = shlex.split(line)
    assert words[1] == "manage.py"
    assert parsed(words[2:])["drain_secs"] == 25


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_waits_longer_than_the_drain_takes(unit: str) -> None:
    (line,) = service(unit)["ExecStart"]
    drain = parsed(shlex.split(line)[2:])["drain_secs"]
    assert int(service(unit)["TimeoutStopSec"][0]) > drain + LAST_RESORT


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_told_when_it_is_ready_and_reads_its_secrets_from_files(unit: str) -> None:
    found = service(unit)
    assert found["Type"] == ["notify"]
    assert "-/etc/lakehouse/kimi.env" in found["EnvironmentFile"]
    assert found["KillMode"] == ["mixed"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_providers_file_is_said_to_belong_to_the_units_user(unit: str) -> None:
    (user,) = service(unit)["User"]
    for text in (PROJECT / "README.md", DEPLOY / "kimi.env.example"):
        assert f"install -o {user} -m 600" in text.read_text()


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_finds_no_fault_with_a_unit(unit: str, tmp_path: Path) -> None:
    text = (DEPLOY / unit).read_text().replace("/opt/lakehouse/.venv/bin/python", sys.executable)
    (tmp_path / unit).write_text(text)
    verify = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)]
    result = subprocess.run(verify, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_rates_a_unit_well_protected(unit: str) -> None:
    rate = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20"]
    result = subprocess.run([*rate, str(DEPLOY / unit)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-300:]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_holds_no_value(example: str) -> None:
    lines = (DEPLOY / example).read_text().splitlines()
    assert [line for line in lines if re.match(r"#?[A-Z_]+=.", line)] == []


def test_the_example_names_every_setting_and_no_other() -> None:
    source = (PROJECT / "lakehouse" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    assert names("lakehouse.env.example", "#?") == read - NOT_FOR_OPERATORS


def test_compose_runs_what_production_needs() -> None:
    services = compose()["services"]
    assert {"web", "worker", "database", "redis"} <= services.keys()
    assert services["web"]["deploy"]["replicas"] == 2
    assert services["database"]["image"].startswith("pgvector/pgvector:")


@pytest.mark.parametrize("name", ["web", "worker"])
def test_compose_starts_commands_that_exist_and_lets_them_drain(name: str) -> None:
    found = compose()["services"][name]
    options = parsed(found["command"])
    assert int(found["stop_grace_period"].rstrip("s")) > options["drain_secs"] + LAST_RESORT


def test_compose_has_its_web_processes_count_limits_in_a_redis_that_forgets_none() -> None:
    web, redis = (compose()["services"][name] for name in ("web", "redis"))
    assert parsed(web["command"])["workers"] > 1
    assert web["environment"]["CACHE_URL"] == "redis://redis:6379/0"
    assert "noeviction" in redis["command"]


def test_the_unit_says_what_its_processes_need_to_start() -> None:
    unit = (DEPLOY / "lakehouse-web.service").read_text()
    (line,) = service("lakehouse-web.service")["ExecStart"]
    assert parsed(shlex.split(line)[2:])["workers"] > 1
    assert "CACHE_URL" in unit


def test_compose_prepares_with_commands_that_exist() -> None:
    script = compose()["services"]["prepare"]["command"][0]
    lines = [shlex.split(line)[2:] for line in script.splitlines()]
    assert [words[0] for words in lines] == ["migrate", "sync_providers"]


def test_the_image_serves_on_every_address_by_default() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    (words,) = re.findall(r"^CMD (\[.+\])$", text, re.M)
    assert parsed(yaml.safe_load(words))["host"] == "0.0.0.0"


def test_the_image_installs_what_is_locked_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.txt" in text
    assert re.search(r"^USER lakehouse$", text, re.M)
