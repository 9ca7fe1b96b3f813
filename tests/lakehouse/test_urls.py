"""The pages round the gateway, with the network off: what they need is in the packages."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_documentation_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_the_schema_lists_the_management_api(client: Client) -> None:
    assert "/api/v1/" in client.get("/api/schema/").content.decode()


def test_every_entry_of_the_side_bar_is_a_page(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    links = set(re.findall(r'href="(/admin/\w+/\w+/)"', page))
    assert {"/admin/providers/provider/", "/admin/gateway/apikey/"} <= links
    assert {admin_client.get(link).status_code for link in links} == {200}
