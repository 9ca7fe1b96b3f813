"""Who may reach what: every route of the full stack, for every role. A new route needs a row."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from lakehouse.gateway import live
from lakehouse.gateway.models import ApiKey

pytestmark = pytest.mark.django_db(transaction=True)

ROLES = ("nobody", "chat key", "manage key", "staff", "viewer", "admin")
JSON = "application/json"
MANAGED = (401, 403, 200, 403, 200, 200)
# What a GET answers, by role in the order of ROLES; 404 where there is no such row.
ROUTES: dict[str, tuple[int, ...]] = {
    "": (302,) * 6,
    "api/schema/": (200,) * 6,
    "api/docs/": (200,) * 6,
    "api/v1/providers/": MANAGED,
    "api/v1/providers/<name>/": tuple(404 if code == 200 else code for code in MANAGED),
    "api/v1/providers/<name>/check/": (401, 403, 405, 403, 405, 405),
    "api/v1/providers/<name>/models/": tuple(404 if code == 200 else code for code in MANAGED),
    "api/v1/keys/": MANAGED,
    "api/v1/keys/<pk>/": tuple(404 if code == 200 else code for code in MANAGED),
    "api/v1/keys/<pk>/revoke/": (401, 403, 405, 403, 405, 405),
    "api/v1/breakers/": MANAGED,
    "api/v1/calls/": MANAGED,
    "api/v1/calls/<pk>/": tuple(404 if code == 200 else code for code in MANAGED),
}
ELSEWHERE = ("admin/",)


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, path)
        else:
            yield path


def plain(route: str) -> str:
    """A route as the table writes it, whether Django wrote it as a path or as a regex."""
    for name in ("name", "pk"):
        for pattern in (f"(?P<{name}>[^/.]+)", f"(?P<{name}>[a-z][a-z0-9_-]*)"):
            route = route.replace(pattern, f"<{name}>")
    return route.replace("^", "").replace("$", "").replace("\\Z", "").replace("/?", "/")


@pytest.fixture
def clients(db: None) -> dict[str, Client]:
    def signed_in(name: str, *permissions: str, is_superuser: bool = False) -> Client:
        user = User.objects.create_user(name, is_staff=True, is_superuser=is_superuser)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    def with_key(**more: bool) -> Client:
        _, token = ApiKey.objects.issue("test", "tests", **more)
        return Client(headers={"authorization": f"Bearer {token}"})

    made = {
        "nobody": Client(),
        "chat key": with_key(),
        "manage key": with_key(may_manage=True),
        "staff": signed_in("staff"),
        "viewer": signed_in("viewer", "view_provider", "view_apikey", "view_call", "view_breaker"),
        "admin": signed_in("root", is_superuser=True),
    }
    live.reload()
    return made


def test_every_route_has_a_row() -> None:
    found = {plain(route) for route in routes(get_resolver("lakehouse.urls").url_patterns)}
    assert {route for route in found if not route.startswith(ELSEWHERE)} == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_each_role_gets_what_the_table_says(clients: dict[str, Client], route: str) -> None:
    absent = "00000000-0000-0000-0000-000000000000" if "calls" in route else "999999"
    path = "/" + route.replace("<name>", "absent").replace("<pk>", absent)
    answers = {role: clients[role].get(path).status_code for role in ROLES}
    assert answers == dict(zip(ROLES, ROUTES[route], strict=True))


@pytest.mark.parametrize("path", ["/api/v1/providers/", "/api/v1/keys/"])
def test_only_those_who_may_add_can_add(clients: dict[str, Client], path: str) -> None:
    answers = [clients[role].post(path, {}, JSON).status_code for role in ROLES]
    assert answers == [401, 403, 400, 403, 403, 400]


@pytest.mark.parametrize("role", ["nobody", "chat key", "manage key", "staff"])
def test_the_admins_lists_are_for_those_with_permission(
    clients: dict[str, Client], role: str
) -> None:
    assert clients[role].get("/admin/gateway/apikey/").status_code in (302, 403)
