"""A provider that a profile or a rung names stays, and stays fit for it."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from profiles.models import ExecutionProfile, Ladder, Rung
from providers.models import Provider, Source
from tests.profiles.rest import activated, made, meanwhile, send
from tests.providers.rest import client_of
from tests.providers.test_models import made as provider

pytestmark = pytest.mark.django_db
HERE = "/api/v1/providers/corp/"


@pytest.fixture
def api(db: None) -> APIClient:
    return client_of("view", "add", "change", "delete")


@pytest.fixture
def registry(tmp_path: Path, settings: Settings) -> Path:
    """Where the registry file is, unwritten."""
    settings.PROVIDERS_FILE = tmp_path / "providers.toml"
    return tmp_path / "providers.toml"


def on_a_ladder() -> Rung:
    ladder = Ladder.objects.create(name="main")
    return Rung.objects.create(ladder=ladder, position=2, provider=provider())


def activated_only() -> None:
    """A profile whose activated revision names corp, and whose draft does not."""
    activated(made(provider=provider()))
    ExecutionProfile.objects.update(provider=None)


def kept(api: APIClient) -> str:
    """What the 409 of deleting corp says."""
    response = api.delete(HERE)
    assert response.status_code == 409
    assert Provider.objects.exists()
    return str(response.json()["detail"])


def test_a_provider_that_a_draft_names_is_not_deleted(api: APIClient) -> None:
    made(provider=provider())
    assert "corp is used by execution profile fast. Take it out there first" in kept(api)


def test_a_provider_that_a_rung_names_is_not_deleted(api: APIClient) -> None:
    on_a_ladder()
    assert "corp is used by rung 2 of main" in kept(api)


def test_a_provider_that_only_an_activated_revision_names_is_not_deleted(api: APIClient) -> None:
    activated_only()
    assert "the activated revision 1 of execution profile fast" in kept(api)


def test_a_provider_of_earlier_revisions_only_is_deleted(api: APIClient) -> None:
    activated_only()
    ExecutionProfile.objects.update(activated_revision=2)
    assert api.delete(HERE).status_code == 204


def test_the_admin_says_so_too(client: Client) -> None:
    activated_only()
    client.force_login(User.objects.create_superuser("root"))
    page = client.get(f"/admin/providers/provider/{Provider.objects.get().pk}/delete/")
    assert "the activated revision 1 of execution profile fast" in page.content.decode()


def test_a_provider_on_a_ladder_stays_unattended(api: APIClient) -> None:
    on_a_ladder()
    response = send(api, "PATCH", HERE, {"unattended": False})
    assert response.status_code == 400
    assert "on the ladder main" in response.json()["unattended"][0]


def test_a_rung_made_at_the_same_moment_is_a_400_too(api: APIClient) -> None:
    ladder = Ladder.objects.create(name="main")
    rung = Rung(ladder=ladder, position=2, provider=provider())
    with meanwhile('UPDATE "providers_provider"', rung.save):
        response = send(api, "PATCH", HERE, {"unattended": False})
    assert response.status_code == 400
    assert "is on a ladder" in response.json()["unattended"][0]


@pytest.mark.parametrize("use", [on_a_ladder, activated_only, lambda: made(provider=provider())])
def test_pruning_a_provider_in_use_changes_nothing(registry: Path, use: Any) -> None:
    use()
    Provider.objects.update(source=Source.FILE)
    registry.write_text('[providers.new]\nkind = "echo"\n')
    with pytest.raises(CommandError, match=r"(?s)corp is used by.*Nothing was changed"):
        call_command("sync_providers", "--prune", stdout=StringIO())
    assert [row.name for row in Provider.objects.all()] == ["corp"]


def test_a_file_that_gates_a_provider_on_a_ladder_changes_nothing(registry: Path) -> None:
    on_a_ladder()
    registry.write_text('[providers.corp]\nkind = "echo"\nunattended = false\n')
    with pytest.raises(CommandError, match=r"\[providers.corp\] unattended: corp is on the ladder"):
        call_command("sync_providers", "--apply", stdout=StringIO())
    assert Provider.objects.get().unattended
