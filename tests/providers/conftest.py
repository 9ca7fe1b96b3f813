"""Files of a test's own: registry and secrets, read anew on each look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from providers import files, registered, secret_sources
from tests.upstreams.base import UpstreamServer

KEY = "canary-key-1234"
FILE = """\
# Ours.
[providers.echo]
kind = "echo"          # in process
default_model = "echo"

[providers.corp]
kind = "openai_compatible"
base_url = "https://api.example.com/v1/"
auth = "CORP_KEY"
idle_timeout = 30

[providers.corp.headers]
X-Title = "Team" # shown
"""


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
def shelf(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    settings.PROVIDERS_FILE = made.registry
    settings.SECRETS_FILE = made.secrets
    settings.SECRETS_DIR = made.folder
    monkeypatch.setattr(files, "LOOK_EVERY", 0.0)
    yield made
    secret_sources.forget()
    registered.forget()


@pytest.fixture
def server(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[UpstreamServer]:
    """An upstream that may be reached and whose key is present."""
    with UpstreamServer() as running:
        settings.LAKEHOUSE_EGRESS_ALLOW = "127.0.0.0/8"
        monkeypatch.setenv("CORP_KEY", KEY)
        monkeypatch.setenv("CORP_KEY_HOSTS", "127.0.0.1")
        yield running


@pytest.fixture
def synced(db: None, shelf: Shelf) -> Shelf:
    """The file and a database that says the same."""
    from providers import registry, sync  # models: only after Django is set up

    shelf.write(shelf.registry, FILE)
    sync.apply(registry.load(shelf.registry))
    return shelf


@pytest.fixture
def api(db: None, shelf: Shelf) -> APIClient:
    """Signed in with every permission on providers."""
    from tests.providers.rest import client_of  # models: only after Django is set up

    return client_of("view", "add", "change", "delete")
