"""The pages round the gateway, with the network off: what they need is in the packages."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_documentation_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/embeddings", "/api/v1/providers/"])
def test_the_description_covers_what_programs_and_operators_call(client: Client, path: str) -> None:
    assert f"\n  {path}:\n" in client.get("/api/schema/").content.decode()


def test_every_entry_of_the_side_bar_is_a_page(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    links = set(re.findall(r'href="(/admin/\w+/\w+/)"', page))
    assert {"/admin/providers/provider/", "/admin/gateway/apikey/"} <= links
    assert {admin_client.get(link).status_code for link in links} == {200}
