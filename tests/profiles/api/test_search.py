"""POST /api/v1/retrieval/search: what a caller's calls would be given, and no more."""

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from lakehouse.gateway import live
from lakehouse.gateway.models import ApiKey
from profiles.embedding import of_query
from providers.endpoint import LABELS
from tests.profiles import making
from tests.profiles.memory.knowing import playbook
from tests.profiles.rest import client_of
from tests.profiles.retrieval.library import count, shelve, space

pytestmark = pytest.mark.django_db
URL = "/api/v1/retrieval/search"


def key(clearance: str = "restricted", **more: Any) -> Client:
    _, token = ApiKey.objects.issue("test", "tests", clearance=clearance, **more)
    live.reload()
    return Client(headers={"authorization": f"Bearer {token}"})


def post(client: Any, **body: Any) -> Any:
    return client.post(URL, json.dumps(body), content_type="application/json")


def search(client: Any, query: str = "pump", **body: Any) -> Any:
    answer = post(client, query=query, **body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def library() -> None:
    for label in LABELS:
        shelve(f"pump canary-{label}", title=f"canary-{label}", label=label)
    count()


def seen(answer: Any) -> int:
    """Up to which label canaries are in it, -1 for none."""
    text = json.dumps(answer)
    shown = [f"canary-{label}" in text for label in LABELS]
    assert shown == sorted(shown, reverse=True)
    return sum(shown) - 1


def live_gate(label: str) -> None:
    making.activated(making.profile("retrieval", "docs", sensitivity_gate=label))


def test_each_of_key_provider_and_gate_limits_what_is_seen() -> None:
    library()
    for label in LABELS:
        making.provider(f"echo-{label}", clearance=label)
    live_gate("restricted")
    assert [seen(search(key(label))) for label in LABELS] == [0, 1, 2, 3]
    assert seen(search(key("public"), provider="echo-restricted")) == 0
    wide = key()
    assert [seen(search(wide, provider=f"echo-{label}")) for label in LABELS] == [0, 1, 2, 3]
    live_gate_of_confidential = making.profile(
        "retrieval", "lower", sensitivity_gate="confidential"
    )
    making.activated(live_gate_of_confidential)
    assert seen(search(wide)) == 2


def test_a_member_of_staff_sees_what_permissions_give() -> None:
    library()
    live_gate("restricted")
    assert seen(search(client_of("see_confidential"))) == 2


def test_the_answer_tells_each_stage_and_what_was_dropped() -> None:
    library()
    live_gate("restricted")
    answer = search(key(), top=1)
    assert (answer["mode"], answer["limit"], answer["profile"]) == (
        "lexical",
        "restricted",
        "docs@1",
    )
    assert [t["dropped"] for t in answer["trace"]] == ["", *["rerank_top_k"] * 3]
    assert answer["passages"][0]["text"] == "pump canary-public"
    assert set(answer["trace"][0]["ranks"]) == {"lexical", "fused", "reranked", "final"}


def test_without_a_live_profile_the_defaults_stand_and_it_says_so() -> None:
    library()
    answer = search(key())
    assert (seen(answer), answer["profile"]) == (1, "")
    assert answer["notes"][0] == "No retrieval profile is live: these are the defaults."


def test_a_named_memory_profile_weighs_stale_documents_down() -> None:
    shelve("pump", dated=date(2001, 1, 1))
    count()
    making.activated(making.profile("memory", "long", doc_staleness_days=36_500), live=False)
    making.activated(making.profile("memory", "short", doc_staleness_days=30))
    (stale,) = search(key())["passages"]
    (fresh,) = search(key(), memory="long")["passages"]
    assert (stale["stale"], stale["score"]) == (True, 0.8)
    assert (fresh["stale"], fresh["score"]) == (False, 1.0)


def test_with_an_embedding_provider_it_is_hybrid(settings: Settings) -> None:
    of_query.forget()
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@2"
    making.provider("echo")
    shelve("unlike", space=space(), vectors=[[1.0, 1.0]])
    count()
    answer = search(key())
    assert answer["mode"] == "hybrid"
    assert list(answer["trace"][0]["ranks"]) == ["vector", "fused", "reranked", "final"]
    making.provider("other")
    fenced = search(key(allowed_providers=["other"]))
    assert fenced["mode"] == "lexical"
    assert "This caller may not use echo" in " ".join(fenced["notes"])
    of_query.forget()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": "x" * 20_001}, "query"),
        ({"query": "x", "profile": "absent"}, "profile"),
        ({"query": "x", "memory": "absent"}, "memory"),
        ({"query": "x", "provider": "absent"}, "provider"),
        ({"query": "x", "top": 0}, "top"),
        ({"query": "x", "sensitivity": "secret"}, "sensitivity"),
        ({"query": "x", "limit": 3}, "limit"),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_field(body: dict[str, Any], field: str) -> None:
    answer = post(key(), **body)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_a_provider_that_a_key_may_not_use_does_not_exist_for_it() -> None:
    making.provider("echo")
    making.provider("other")
    absent = post(key(allowed_providers=["other"]), query="x", provider="echo")
    assert "echo" not in absent.json()["provider"][0].replace('"echo"', "", 1)
    assert absent.status_code == 400


def test_nobody_and_people_who_are_no_staff_are_refused() -> None:
    assert post(Client(), query="x").status_code == 401
    assert post(client_of(staff=False), query="x").status_code == 403


def test_a_recalled_playbook_lifts_what_it_cites() -> None:
    first, cited = shelve("pump stops"), shelve("how a pump stops and what else there is")
    count()
    playbook("Pump", "why the pump stops", cited)
    making.activated(making.profile("retrieval", "docs", playbook_boost=0.1))
    assert search(key(), "why the pump stops")["passages"][0]["document"] == str(first.pk)
    making.activated(making.profile("memory", "long"))
    lifted = search(key(), "why the pump stops")["passages"][0]
    assert lifted["document"] == str(cited.pk)
    assert lifted["score"] > 1
