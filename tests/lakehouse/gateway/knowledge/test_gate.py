"""The gate, in every combination: nothing above a clearance is in any prompt or answer.

A canary for each label, in documents and playbooks alike. Every key asks every provider, in a
call and down a ladder; searches, lists, counts, exports and pages follow.
"""

import itertools
import re
from collections.abc import Iterator

import httpx
import pytest

from providers.endpoint import LABELS, rank
from tests.lakehouse.gateway.governed import ladder
from tests.lakehouse.gateway.knowledge.knowing import (
    CLOSE,
    INNER,
    OPEN,
    VAULT,
    ask,
    document,
    playbook,
    policy,
)
from tests.serving import Gateway
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, error

PROVIDERS: dict[str, str] = dict(zip(LABELS, (OPEN, INNER, CLOSE, VAULT), strict=True))
QUESTION = "Where does the heron nest?"
PAIRS = list(itertools.product(LABELS, LABELS))
CANARY = re.compile(r"CANARY-(\w+)-(?:DOC|BOOK)")
# Five labels count with what has none, which counts as restricted.
GIVEN: dict[str, str] = {**{label: label for label in LABELS}, "unlabelled": ""}


@pytest.fixture(scope="module")
def keys(shared_knowing: Gateway) -> dict[str, str]:
    served = shared_knowing
    policy(served, "retrieval", "gate")
    policy(served, "memory", "gate", live=True)
    for name, label in GIVEN.items():
        document(served, f"Heron CANARY-{name}-DOC", "The heron nests in reeds.", label)
        playbook(served, f"CANARY-{name}-BOOK", QUESTION, "Look.", label)
    ladder(served, "gate", *({"provider_id": name} for name in (CLOSE, INNER, OPEN)))
    return {label: served.live_key(clearance=label, may_manage=True) for label in LABELS}


def allowed(*clearances: str) -> set[str]:
    limit = min(map(rank, clearances))
    return {name for name, label in GIVEN.items() if rank(label) <= limit}


def told(*texts: str) -> set[str]:
    """Whose canaries sing in them."""
    return {name for text in texts for name in CANARY.findall(text)}


def sent(*upstreams: OpenAIServer) -> list[str]:
    return [str(asked.json) for server in upstreams for asked in server.ledger]


def read(served: Gateway, token: str, path: str, **body: object) -> httpx.Response:
    with served.client(token) as client:
        answer = client.post(path, json=body) if body else client.get(path)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(("key", "provider"), PAIRS)
def test_a_call_and_its_citations(
    knowing: Gateway,
    upstream: OpenAIServer,
    second_upstream: OpenAIServer,
    keys: dict[str, str],
    key: str,
    provider: str,
) -> None:
    fields = {"retrieval": "gate", "memory": "gate", "provider": PROVIDERS[provider]}
    answer = ask(knowing, QUESTION, keys[key], **fields)
    prompts = sent(upstream, second_upstream)
    assert told(*prompts) == allowed(key, provider)
    assert told(answer.text) == allowed(key, provider)
    assert len(answer.json()["lakehouse"]["citations"]) == len(allowed(key, provider))
    row = knowing.call(answer.headers["x-request-id"])
    assert len(row["documents"]) == len(allowed(key, provider))


@pytest.mark.parametrize("key", LABELS)
def test_each_rung_of_a_ladder(
    knowing: Gateway,
    upstream: OpenAIServer,
    second_upstream: OpenAIServer,
    keys: dict[str, str],
    key: str,
) -> None:
    second_upstream.next(*[Answer.of(error("down"), status=500)] * 3)
    fields = {"retrieval": "gate", "memory": "gate", "ladder": "gate", "provider": VAULT}
    answer = ask(knowing, QUESTION, keys[key], **fields)
    by_rung = [told(text) for text in sent(second_upstream, upstream)]
    clearances = ("restricted", "confidential", "internal", "public")
    assert by_rung == [allowed(key, clearance) for clearance in clearances]
    assert told(answer.text) == allowed(key, "public")


@pytest.mark.parametrize(("key", "provider"), PAIRS)
def test_a_search(knowing: Gateway, keys: dict[str, str], key: str, provider: str) -> None:
    asked = {"query": QUESTION, "profile": "gate", "provider": PROVIDERS[provider]}
    answer = read(knowing, keys[key], "/api/v1/retrieval/search", **asked)
    assert told(answer.text) == allowed(key, provider)


@pytest.mark.parametrize("key", LABELS)
def test_lists_and_counts(knowing: Gateway, keys: dict[str, str], key: str) -> None:
    for path, search in (("documents", "CANARY"), ("playbooks", "CANARY")):
        answer = read(knowing, keys[key], f"/api/v1/{path}/?search={search}")
        assert told(answer.text) == allowed(key)
        assert len(answer.json()["results"]) == len(allowed(key))
        assert answer.json()["count"] == len(allowed(key))


@pytest.mark.parametrize("key", LABELS)
def test_calls_in_the_ledger(knowing: Gateway, keys: dict[str, str], key: str) -> None:
    call = ask(knowing, QUESTION, keys["restricted"], retrieval="gate", memory="gate")
    knowing.call(call.headers["x-request-id"])
    found = read(knowing, keys[key], f"/api/v1/calls/{call.headers['x-request-id']}/").json()
    assert len(found["documents"]) == len(allowed(key))
    assert found["playbooks"]
    used = found["documents"] + found["playbooks"]
    assert all(rank(entry["label"]) <= rank(key) for entry in used)


@pytest.mark.parametrize("key", LABELS)
def test_the_export_of_a_session(
    knowing: Gateway, second_upstream: OpenAIServer, keys: dict[str, str], key: str
) -> None:
    from tests.upstreams.openai import document as whole

    owner = keys["restricted"]
    for name, label in PROVIDERS.items():
        seen = " ".join(f"CANARY-{n}-DOC" for n in allowed(name))
        second_upstream.next(*([Answer.of(whole(seen))] if label != OPEN else []))
        fields = {"session_id": f"export-{key}", "retrieval": "gate", "provider": label}
        ask(knowing, QUESTION, owner, **fields)
    listed = read(knowing, keys[key], f"/api/v1/sessions/?session_id=export-{key}").json()
    texts = [
        read(knowing, keys[key], f"/api/v1/sessions/{row['id']}/export/").text
        for row in listed["results"]
    ]
    # What the public provider said has no canary in it.
    assert told(*texts) == (allowed(key) if key != "public" else set())


@pytest.fixture(scope="module")
def pages(shared_knowing: Gateway, keys: dict[str, str]) -> Iterator[httpx.Client]:
    """The admin as somebody who may look at everything, and is cleared for nothing."""
    script = (
        "from django.contrib.auth.models import *; "
        "u = User.objects.create_user('looker', password='looks', is_staff=True); "
        "u.user_permissions.set(Permission.objects.filter(codename__startswith='view_'))"
    )
    shared_knowing.manage("shell", "-c", script)
    with shared_knowing.client("", follow_redirects=True) as client:
        client.get("/admin/login/")
        form = {"username": "looker", "password": "looks", "next": "/admin/"}
        form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
        assert "looker" in client.post("/admin/login/", data=form).text
        yield client


def test_pages_for_somebody_cleared_for_nothing(knowing: Gateway, pages: httpx.Client) -> None:
    rows = knowing.rows("SELECT id, label, title FROM profiles_document WHERE title LIKE 'Heron%%'")
    rows += knowing.rows("SELECT id, label, title FROM profiles_playbook")
    lists = [
        pages.get(f"/admin/profiles/{name}/{query}").text
        for name in ("document", "playbook", "session", "feedback")
        for query in ("", "?q=CANARY", "?q=heron")
    ]
    single = [
        pages.get(f"/admin/profiles/{name}/{row['id']}/change/").text
        for row in rows
        for name in ("document", "playbook")
    ]
    calls = knowing.rows("SELECT id FROM gateway_call ORDER BY started_at DESC LIMIT 3")
    single += [pages.get(f"/admin/gateway/call/{row['id']}/change/").text for row in calls]
    assert told(*lists) == told(*single) == {"public"}
