"""Files of a test's own: registry and secrets, read anew on each look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from providers import files, registered, secret_sources


class Shelf:
    """The places where an operator keeps files, empty at first."""

    def __init__(self, root: Path) -> None:
        self.registry = root / "providers.toml"
        self.secrets = root / "secrets.toml"
        self.folder = root / "etc"
        self.folder.mkdir()

    def write(self, path: Path, text: str, mode: int = 0o600) -> Path:
        path.write_text(text)
        path.chmod(mode)
        return path


@pytest.fixture
def shelf(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    settings.PROVIDERS_FILE = made.registry
    settings.SECRETS_FILE = made.secrets
    settings.SECRETS_DIR = made.folder
    monkeypatch.setattr(files, "LOOK_EVERY", 0.0)
    yield made
    secret_sources.forget()
    registered.forget()
