"""Start-up checks of the truth rules' files."""

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from lakehouse.gateway import rules_live

HINT = "Correct the file. No server starts with it; one that runs keeps its last good rules."


def rule_files(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """gateway.E001: rules that cannot be used. An error for `manage.py check` and a warning for
    other commands: a bad edit must not keep a worker or a person's command from running."""
    severe = sys.argv[1:2] == ["check"]
    made = checks.Error if severe else checks.Warning
    return [made(str(found), hint=HINT, id="gateway.E001") for found in rules_live.problems()]


def register_checks() -> None:
    checks.register(rule_files, "truth")
