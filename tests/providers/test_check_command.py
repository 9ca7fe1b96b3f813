"""`check_providers` shows every provider, keeps what it saw, and fails when one does."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from providers.models import Listing
from tests.providers.conftest import Shelf
from tests.providers.test_checking import models
from tests.providers.test_models import made
from tests.upstreams.base import Answer, UpstreamServer

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """What `check_providers` prints. Raises CommandError as it does."""
    out = StringIO()
    call_command("check_providers", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_checks_the_enabled_ones(shelf: Shelf) -> None:
    made("one")
    made("two", enabled=False)
    said = run()
    assert "\n1 checked, none failed.\n" in said
    assert "two" not in said


def test_the_command_checks_those_that_are_named(shelf: Shelf) -> None:
    made("one")
    made("two", enabled=False)
    assert "1 checked, none failed." in run("two", "two")
    assert Listing.objects.get().provider.name == "two"


def test_the_command_fails_when_a_provider_does(server: UpstreamServer) -> None:
    made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    made("echo")
    server.next(Answer.of({"error": {"message": "bad [key]"}}, status=401))
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 failed: corp"):
        call_command("check_providers", stdout=out)
    assert "[key]" in out.getvalue()


def test_the_command_prints_json(server: UpstreamServer) -> None:
    made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    server.next(models("big"))
    (result,) = json.loads(run("--json"))
    assert (result["provider"], result["ok"], result["models"]) == ("corp", True, 1)
    assert result["steps"][0]["result"] == "ok"


def test_the_command_suggests_a_name(shelf: Shelf) -> None:
    made("echo")
    with pytest.raises(CommandError, match='Did you mean "echo"'):
        run("ecko")
