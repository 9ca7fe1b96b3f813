"""Who may reach what: every route of the full stack, for every role. A new route needs a row."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from lakehouse.gateway import live
from lakehouse.gateway.models import ApiKey

pytestmark = pytest.mark.django_db

ROLES = ("nobody", "chat key", "manage key", "staff", "viewer", "admin")
JSON = "application/json"
MANAGED = (401, 403, 200, 403, 200, 200)
ABSENT = (401, 403, 404, 403, 404, 404)
# Every key has its own.
OWNED = (401, 200, 200, 403, 200, 200)
OWNED_ABSENT = (401, 404, 404, 403, 404, 404)
ACTED_ON = (401, 403, 405, 403, 405, 405)
KINDS = ("execution", "retrieval", "memory", "observer")
# What a GET answers, by role in the order of ROLES; 404 where there is no such row.
ROUTES: dict[str, tuple[int, ...]] = {
    "": (302,) * 6,
    "api/schema/": (200,) * 6,
    "api/docs/": (200,) * 6,
    "api/v1/": (401, 403, 200, 200, 200, 200),
    "api/v1/providers/": MANAGED,
    "api/v1/providers/<name>/": ABSENT,
    "api/v1/providers/<name>/check/": ACTED_ON,
    "api/v1/providers/<name>/models/": ABSENT,
    "api/v1/keys/": MANAGED,
    "api/v1/keys/<pk>/": ABSENT,
    "api/v1/keys/<pk>/revoke/": ACTED_ON,
    "api/v1/breakers/": MANAGED,
    "api/v1/observer/ring/": MANAGED,
    "api/v1/calls/": MANAGED,
    "api/v1/calls/<pk>/": ABSENT,
    "api/v1/usage/": MANAGED,
    "api/v1/clusters/": MANAGED,
    "api/v1/clusters/<pk>/": ABSENT,
    "api/v1/clusters/<pk>/acknowledge/": ACTED_ON,
    "api/v1/clusters/<pk>/resolve/": ACTED_ON,
    "api/v1/clusters/<pk>/reopen/": ACTED_ON,
    "api/v1/alerts/": MANAGED,
    "api/v1/alerts/<pk>/": ABSENT,
    "api/v1/alerts/<pk>/resend/": ACTED_ON,
    "api/v1/calls/<pk>/promote/": (401, 403, 405, 403, 403, 405),
    "api/v1/ladders/": MANAGED,
    "api/v1/ladders/<name>/": ABSENT,
    "api/v1/sessions/": OWNED,
    "api/v1/sessions/<pk>/": OWNED_ABSENT,
    "api/v1/sessions/<pk>/export/": OWNED_ABSENT,
    "api/v1/retrieval/search": (401, *(405,) * 5),  # POST: for whoever has a key or is staff
    "api/v1/activations/": MANAGED,
    "api/v1/activations/<pk>/": ABSENT,
    "api/v1/activations/<pk>/cancel/": ACTED_ON,
    "api/v1/activations/<pk>/rollback/": ACTED_ON,
    "api/v1/playbooks/": MANAGED,
    "api/v1/playbooks/<pk>/": ABSENT,
    "api/v1/playbooks/<pk>/events/": ABSENT,
    "api/v1/feedback/": MANAGED,
    "api/v1/documents/": MANAGED,
    "api/v1/documents/<pk>/": ABSENT,
    "api/v1/documents/<pk>/text/": ABSENT,
    "api/v1/documents/<pk>/chunks/": ABSENT,
    "api/v1/audits/": MANAGED,
    "api/v1/audits/rates/": MANAGED,
    "api/v1/audits/<pk>/": ABSENT,
    "api/v1/audits/<pk>/findings/": ABSENT,
    "api/v1/audits/<pk>/report/": ABSENT,
    "api/v1/audits/<pk>/cancel/": ACTED_ON,
    "api/v1/audits/<pk>/resume/": ACTED_ON,
    "api/v1/findings/": MANAGED,
    "api/v1/findings/<pk>/": ABSENT,
    "api/v1/findings/<pk>/mark/": ACTED_ON,
}
for verb in ("activate", "retire", "restore", "pin", "unpin", "review"):
    ROUTES[f"api/v1/playbooks/<pk>/{verb}/"] = ACTED_ON
for kind in KINDS:
    ROUTES |= {
        f"api/v1/profiles/{kind}/": MANAGED,
        f"api/v1/profiles/{kind}/<name>/": ABSENT,
        f"api/v1/profiles/{kind}/<name>/activate/": ACTED_ON,
        f"api/v1/profiles/{kind}/<name>/revisions/": ABSENT,
        f"api/v1/profiles/{kind}/<name>/revisions/<number>/": ABSENT,
        f"api/v1/profiles/{kind}/<name>/diff/": ABSENT,
    }
VIEWED = (
    *("cluster", "alert", "auditrun", "finding"),
    *("provider", "apikey", "call", "breaker", "ladder", "activation", "session"),
    *("playbook", "feedback"),
    "document",
    *(f"{kind}profile" for kind in KINDS),
)
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
    for name, also in (("name", "[a-z][a-z0-9_-]*"), ("pk", "[^/.]+"), ("number", "[0-9]{1,9}")):
        for pattern in (f"(?P<{name}>[^/.]+)", f"(?P<{name}>{also})"):
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
        "viewer": signed_in("viewer", *(f"view_{model}" for model in VIEWED)),
        "admin": signed_in("root", is_superuser=True),
    }
    live.reload()
    return made


def test_every_route_has_a_row() -> None:
    found = {plain(route) for route in routes(get_resolver("lakehouse.urls").url_patterns)}
    assert {route for route in found if not route.startswith(ELSEWHERE)} == set(ROUTES)


def test_each_role_gets_what_the_table_says(clients: dict[str, Client]) -> None:
    """All in one, since the people and keys that it takes are slow to make."""
    found = {}
    for route, expected in ROUTES.items():
        by_number = "keys" in route or "sessions" in route or "<number>" in route
        absent = "999999" if by_number else "00000000-0000-0000-0000-000000000000"
        path = "/" + re.sub("<name>", "absent", re.sub("<(pk|number)>", absent, route))
        # What someone without a name may read, everyone may.
        asking = ROLES if len(set(expected)) > 1 else ROLES[:1]
        codes = [clients[role].get(path).status_code for role in asking]
        found[route] = tuple(codes) if len(codes) > 1 else (*codes,) * len(ROLES)
    assert found == ROUTES


def test_only_those_who_may_add_can_add(clients: dict[str, Client]) -> None:
    kinds = [f"profiles/{kind}" for kind in KINDS]
    for name in ("providers", "keys", "ladders", *kinds):
        path = f"/api/v1/{name}/"
        answers = [clients[role].post(path, {}, JSON).status_code for role in ROLES]
        assert (name, *answers) == (name, 401, 403, 400, 403, 403, 400)


def test_the_admins_lists_are_for_those_with_permission(clients: dict[str, Client]) -> None:
    for role in ("nobody", "chat key", "manage key", "staff"):
        assert clients[role].get("/admin/gateway/apikey/").status_code in (302, 403)
