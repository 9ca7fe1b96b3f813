"""What the tests of the auditor share: a reviewer on loopback, and a provider for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from tests.providers.conftest import Shelf, shelf

if TYPE_CHECKING:
    from tests.lakehouse.audit.scripted import Reviewer

__all__ = ["shelf"]


@pytest.fixture(scope="session")
def running_reviewer() -> Iterator["Reviewer"]:
    from tests.lakehouse.audit.scripted import Reviewer  # models: only after Django is set up

    with Reviewer() as server:
        yield server


@pytest.fixture
def reviewer(
    running_reviewer: "Reviewer", db: None, shelf: Shelf, settings: Settings, tmp_path: Path
) -> "Reviewer":
    """With the provider corp, which may not be called unattended."""
    from tests.profiles.making import provider

    running_reviewer.forget()
    running_reviewer.findings = {}
    settings.LAKEHOUSE_EGRESS_ALLOW = "127.0.0.0/8"
    settings.REPORTS_DIR = tmp_path / "reports"
    provider(
        "corp",
        kind="openai_compatible",
        base_url=f"{running_reviewer.url}/v1",
        auth="",
        default_model="m",
        unattended=False,
    )
    return running_reviewer
