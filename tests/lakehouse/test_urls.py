"""The pages round the gateway, with the network off: what they need is in the packages."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_documentation_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_the_description_covers_what_programs_and_operators_call(client: Client) -> None:
    described = client.get("/api/schema/").content.decode()
    paths = set(re.findall(r"^  (/\S+):$", described, re.MULTILINE))
    assert {"/v1/chat", "/v1/embeddings", "/api/v1/providers/", "/api/v1/ladders/"} <= paths
    assert "/api/v1/profiles/memory/{name}/activate/" in paths


def test_the_description_of_the_management_api_is_sound(tmp_path: Path) -> None:
    there = tmp_path / "schema.yml"
    call_command("spectacular", file=str(there), validate=True, fail_on_warn=True)
    assert there.exists()


def test_every_entry_of_the_side_bar_is_a_page(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    links = set(re.findall(r'href="(/admin/\w+/\w+/)"', page))
    assert {"/admin/providers/provider/", "/admin/gateway/apikey/"} <= links
    assert {admin_client.get(link).status_code for link in links} == {200}
