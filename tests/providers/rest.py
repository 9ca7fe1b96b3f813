"""Asking the management API as a person with chosen permissions."""

import json
from typing import Any

from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

URL = "/api/v1/providers/"


def client_of(*permissions: str, staff: bool = True) -> APIClient:
    """Signed in as a person with these permissions on providers, as in "view"."""
    user = User.objects.create_user("person", is_staff=staff)
    names = [f"{permission}_provider" for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = APIClient()
    client.force_login(user)
    return client


def send(client: APIClient, method: str, path: str, document: Any) -> Any:
    body: Any = document if isinstance(document, bytes) else json.dumps(document).encode()
    return client.generic(method, path, body, content_type="application/json")
