"""What is wrong with the files is said at start-up, with a stable id."""

from pathlib import Path

import pytest
from django.core import checks

from tests.providers.conftest import FILE, Shelf


def found() -> list[tuple[str | None, str]]:
    """Ids and texts of the checks of providers."""
    return [(message.id, message.msg) for message in checks.run_checks(tags=["providers"])]


def test_good_files_are_passed_over(shelf: Shelf) -> None:
    shelf.write(shelf.registry, FILE)
    shelf.write(shelf.secrets, 'CORP_KEY = "x"\n')
    shelf.write(shelf.folder / "corp.env", "CORP_KEY=x\n")
    assert found() == []


def test_absent_files_are_passed_over(shelf: Shelf) -> None:
    assert found() == []


def test_each_fault_of_the_registry_file_is_a_warning(shelf: Shelf) -> None:
    shelf.write(shelf.registry, FILE.replace("idle_timeout", "idle").replace('"Team"', "5"))
    assert [(id_, text.rpartition("/")[2][:17]) for id_, text in found()] == [
        ("providers.W001", "providers.toml:10"),
        ("providers.W001", "providers.toml:12"),
    ]


def test_a_file_of_secrets_open_to_others_is_a_warning(shelf: Shelf) -> None:
    shelf.write(shelf.folder / "corp.env", "CORP_KEY=x\n", mode=0o644)
    ((id_, text),) = found()
    assert id_ == "providers.W002"
    assert f"chmod 600 {shelf.folder / 'corp.env'}" in text


def test_a_file_of_secrets_that_cannot_be_read_is_a_warning(shelf: Shelf) -> None:
    shelf.write(shelf.secrets, "canary-value")
    ((id_, text),) = found()
    assert id_ == "providers.W003"
    assert "canary" not in text


def test_a_folder_that_is_a_file_holds_no_secrets(shelf: Shelf, settings: object) -> None:
    settings.SECRETS_DIR = shelf.write(shelf.folder / "file", "")  # type: ignore[attr-defined]
    assert found() == []


@pytest.mark.parametrize("name", ["secrets.toml", "x.env"])
def test_a_secrets_folder_in_place_of_a_file_is_a_warning(shelf: Shelf, name: str) -> None:
    place = shelf.secrets if name == "secrets.toml" else shelf.folder / name
    Path(place).mkdir(mode=0o700)
    assert [id_ for id_, _ in found()] == ["providers.W003"]


def test_the_project_passes_every_check() -> None:
    assert checks.run_checks() == []
