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
    described = re.findall(r"^  (/\S+):$", client.get("/api/schema/").content.decode(), re.M)
    programs = {"/v1/chat", "/v1/chat/completions", "/v1/embeddings", "/healthz", "/readyz"}
    assert {*programs, "/api/v1/providers/", "/api/v1/ladders/"} <= set(described)
    assert "/api/v1/profiles/memory/{name}/activate/" in described


def test_the_description_of_the_management_api_is_sound(tmp_path: Path) -> None:
    there = tmp_path / "schema.yml"
    call_command("spectacular", file=str(there), validate=True, fail_on_warn=True)
    assert there.exists()


def test_the_apis_index_leads_to_every_list(admin_client: Client) -> None:
    index = admin_client.get("/api/v1/").json()
    assert {"providers", "keys", "calls"} <= index.keys()
    assert index["keys"] == "http://testserver/api/v1/keys/"
    assert {admin_client.get(url).status_code for url in index.values()} == {200}


@pytest.mark.parametrize("path", ["/api/", "/api/v1/provider/", "/api/v2/keys", "/api/%00"])
def test_a_path_below_api_that_leads_nowhere_is_told_in_json(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "GET /api/v1/ lists what there is." in answer.json()["detail"]


def test_elsewhere_a_path_that_leads_nowhere_is_a_page(client: Client) -> None:
    assert "<h1>Not Found</h1>" in client.get("/nosuch").content.decode()


def test_every_entry_of_the_side_bar_is_a_page(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    links = set(re.findall(r'href="(/admin/\w+/\w+/)"', page))
    assert {"/admin/providers/provider/", "/admin/gateway/apikey/"} <= links
    assert {admin_client.get(link).status_code for link in links} == {200}
