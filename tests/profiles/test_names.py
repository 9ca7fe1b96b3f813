"""No new provider is named as an execution profile, nor the other way round, by any door."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from profiles.models import ExecutionProfile, RetrievalProfile
from providers.models import Provider
from tests.profiles.admin.people import errors, form, send, signed_in
from tests.profiles.commands.shell import refused
from tests.profiles.making import execution, provider
from tests.profiles.rest import client_of, url

pytestmark = pytest.mark.django_db

PROVIDER = (
    'There is a provider fast already: a call whose model is "fast" could mean either. '
    "Choose another name."
)
PROFILE = PROVIDER.replace("a provider", "an execution profile")
LIVE = '"live" means whichever profile is live. Choose another name.'


@pytest.fixture
def browser() -> Client:
    return signed_in("ana")


def test_a_profile_named_as_a_provider_is_refused_everywhere(
    browser: Client, tmp_path: Path
) -> None:
    provider("fast")
    assert errors(send(browser, ExecutionProfile, name="fast"))["name"] == [PROVIDER]
    rest = client_of("add_executionprofile")
    assert rest.post(url("execution"), {"name": "fast"}, format="json").data["name"] == [PROVIDER]
    file = tmp_path / "a.toml"
    file.write_text("[execution.fast]\n")
    assert PROVIDER in refused("profiles", "import", str(file))


@pytest.mark.parametrize(("name", "text"), [("fast", PROFILE), ("live", LIVE)])
def test_a_provider_named_as_a_profile_is_refused_everywhere(
    browser: Client, settings: Any, tmp_path: Path, name: str, text: str
) -> None:
    execution("fast")
    asked = {"name": name, "kind": "echo"}
    typed = form(Provider) | asked
    assert errors(browser.post("/admin/providers/provider/add/", typed))["name"] == [text]
    rest = client_of("add_provider").post("/api/v1/providers/", asked, format="json")
    assert rest.data["name"] == [text]
    settings.PROVIDERS_FILE = tmp_path / "p.toml"
    settings.PROVIDERS_FILE.write_text(f'[providers.{name}]\nkind = "echo"\n')
    with pytest.raises(CommandError) as caught:
        call_command("sync_providers", "--apply", stdout=StringIO())
    assert text in str(caught.value)


def test_two_that_share_a_name_already_can_be_edited() -> None:
    execution("fast")
    Provider.objects.create(name="fast", kind="echo", base_url="http://localhost")
    Provider.objects.get().full_clean()
    ExecutionProfile.objects.get().full_clean()


def test_another_kind_may_be_named_as_a_provider() -> None:
    provider("fast")
    RetrievalProfile(name="fast").full_clean()
