"""Who may make keys does not thereby get every other right."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from lakehouse.gateway.models import ApiKey
from tests.serving import Gateway

pytestmark = pytest.mark.django_db
FORM = {"label": "mine", "owner": "me", "clearance": "internal", "may_manage": "on"}
ASKED = {"label": "mine", "owner": "me", "may_manage": True}
JSON = "application/json"


@pytest.fixture
def clerk(db: None) -> Client:
    """Staff who may add, change and see keys, and nothing else."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_apikey"))
    client = Client()
    client.force_login(user)
    return client


def test_by_rest_a_clerk_cannot_make_a_key_that_may_manage(clerk: Client) -> None:
    refused = clerk.post("/api/v1/keys/", ASKED, JSON)
    assert refused.status_code == 400
    assert "Only a superuser" in refused.json()["may_manage"][0]
    assert clerk.post("/api/v1/keys/", ASKED | {"may_manage": False}, JSON).status_code == 201


def test_by_rest_a_clerk_cannot_raise_a_key(clerk: Client) -> None:
    key, _ = ApiKey.objects.issue("a", "b")
    answer = clerk.patch(f"/api/v1/keys/{key.pk}/", {"may_manage": True}, JSON)
    assert answer.status_code == 400
    assert not ApiKey.objects.filter(may_manage=True).exists()


def test_in_the_admin_a_clerks_key_may_not_manage(clerk: Client) -> None:
    clerk.post("/admin/gateway/apikey/add/", FORM)
    assert [key.may_manage for key in ApiKey.objects.all()] == [False]


def test_a_superuser_can_grant_it(db: None) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    root.post("/api/v1/keys/", ASKED, JSON)
    root.post("/admin/gateway/apikey/add/", FORM)
    assert [key.may_manage for key in ApiKey.objects.all()] == [True, True]


def test_a_key_that_may_manage_can_grant_it(served: Gateway) -> None:
    with served.client(served.live_key(may_manage=True)) as client:
        made = client.post("/api/v1/keys/", json=ASKED)
    assert (made.status_code, made.json()["may_manage"]) == (201, True)
