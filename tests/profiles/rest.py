"""Asking the management API for profiles, as a person with chosen permissions."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import connection
from rest_framework.test import APIClient

from profiles.base import Profile
from profiles.kinds import Kind, model_of

KINDS = [kind.value for kind in Kind]
# One change that each kind takes, and one that it refuses.
CHANGE: dict[str, dict[str, Any]] = {
    "execution": {"temperature": 0.5},
    "retrieval": {"top_k": 30},
    "memory": {"history_turns": 7},
    "observer": {"ring_size": 100},
}
WRONG: dict[str, dict[str, Any]] = {
    "execution": {"temperature": 9},
    "retrieval": {"rerank_top_k": 21},
    "memory": {"history_turns": -1},
    "observer": {"ring_size": 0},
}


def client_of(*codenames: str, staff: bool = True) -> APIClient:
    """Signed in with these permissions of the app, every one when none is named."""
    user = User.objects.create_user("person", is_staff=staff)
    found = Permission.objects.filter(content_type__app_label="profiles")
    if codenames:
        found = found.filter(codename__in=codenames)
    user.user_permissions.set(found)
    client = APIClient()
    client.force_login(user)
    return client


def url(kind: str, *rest: object) -> str:
    return "/".join(["/api/v1/profiles", kind, *map(str, rest), ""])


def made(kind: str = "execution", name: str = "fast", **values: Any) -> Profile:
    profile: Profile = model_of(kind).objects.create(name=name, **values)
    return profile


def activated(profile: Profile, live: bool = False) -> Profile:
    """As an activation of its present revision would leave it."""
    rows = type(profile).objects.filter(pk=profile.pk)
    rows.update(activated_revision=profile.revision, live=live)
    profile.refresh_from_db()
    return profile


@contextmanager
def meanwhile(statement: str, act: Callable[[], Any], times: int = 1) -> Iterator[None]:
    """Within it, somebody acts just before such a statement reaches the database."""
    left, acting = times, False

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left, acting
        if left and not acting and statement in sql:
            left, acting = left - 1, True
            act()
            acting = False
        return execute(sql, params, many, context)

    with connection.execute_wrapper(between):
        yield


def send(client: APIClient, method: str, path: str, document: Any = None, **headers: str) -> Any:
    body: Any = document if isinstance(document, bytes) else json.dumps(document).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic(method, path, body, content_type="application/json", headers=named)
