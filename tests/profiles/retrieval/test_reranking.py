"""Reranking: by a provider where it may see everything, else as fused, copies last."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from profiles.retrieval import reranking
from profiles.retrieval.search import Found, Query
from providers.endpoint import Endpoint
from tests.conversation import allow, endpoint_for
from tests.profiles.retrieval.library import count, find, shelve, texts
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, error

pytestmark = pytest.mark.django_db

NEAR, FAR = "pump pump pump", "a pump among many other things"


@pytest.fixture(scope="module")
def upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as made:
        yield made


@pytest.fixture
def server(upstream: OpenAIServer, settings: Settings) -> OpenAIServer:
    settings.LAKEHOUSE_RERANK = "openai_compatible/rerank-1"
    upstream.ledger.clear()
    shelve(NEAR, label="public")
    shelve(FAR, label="internal", title="Manual")
    count()
    return upstream


def scored(*scores: float) -> Answer:
    """The second is told first, as servers do that sort by score."""
    results = [{"index": place, "relevance_score": score} for place, score in enumerate(scores)]
    return Answer.of({"model": "rerank-1", "results": results[::-1]})


def ask(server: OpenAIServer, *, text_rank: int = 0, **more: Any) -> Found:
    clearance = more.pop("clearance", "internal")
    endpoint = endpoint_for("openai_compatible", server, "/v1", clearance=clearance)
    query = Query("pump", 1, text_rank=text_rank)
    return find(query, endpoints={endpoint.name: endpoint}, allow=allow(server), **more)


def test_the_provider_that_a_setting_names_decides_the_order(server: OpenAIServer) -> None:
    server.next(scored(0.2, 0.9))
    found = ask(server)
    assert [(p.text, p.score) for p in found.passages] == [(FAR, 0.9), (NEAR, 0.2)]
    assert [t.ranks["fused"] for t in found.trace] == [2, 1]


def test_it_is_sent_the_query_and_the_texts_with_their_titles(server: OpenAIServer) -> None:
    server.next(scored(0.2, 0.9))
    ask(server)
    assert server.last.path == "/v1/rerank"
    assert server.last.json == {
        "model": "rerank-1",
        "query": "pump",
        "documents": [f"Notes\n{NEAR}", f"Manual\n{FAR}"],
        "top_n": 2,
    }


def test_logits_become_scores_from_0_to_1(server: OpenAIServer) -> None:
    server.next(scored(-4.0, 1000.0))
    assert [p.score for p in ask(server).passages] == pytest.approx([1.0, 0.018], abs=0.001)


@pytest.mark.parametrize(
    ("refusing", "why"),
    [
        ({"clearance": "public"}, "cleared to public only"),
        ({"text_rank": 2}, "cleared to internal only"),
        ({"allowed": lambda name: False}, "may not use openai_compatible"),
    ],
)
def test_it_is_not_asked_what_it_may_not_see(
    server: OpenAIServer, refusing: dict[str, Any], why: str
) -> None:
    found = ask(server, **refusing)
    assert (server.ledger, texts(found)) == ([], [NEAR, FAR])
    assert why in found.notes[0]


def test_a_text_with_no_known_label_goes_only_to_who_may_see_all(server: OpenAIServer) -> None:
    query = Query("pump", 1)
    endpoint = endpoint_for("openai_compatible", server, clearance="confidential")
    assert "cleared to" in find(query, endpoints={endpoint.name: endpoint}).notes[0]


@pytest.mark.parametrize(
    "answer",
    [
        Answer.of(error("no sk-secret"), status=500),
        Answer.of({"results": [{"index": 0, "relevance_score": 0.5}]}),
        Answer.of({"results": [{"index": n, "relevance_score": 0.5} for n in (0, 7)]}),
        Answer.of(b'{"results": [{"index": 0, "relevance_score": "high"}]}'),
        Answer.of(b"<html>"),
    ],
)
def test_when_it_fails_the_fused_order_stands(server: OpenAIServer, answer: Answer) -> None:
    server.next(answer)
    found = ask(server)
    assert texts(found) == [NEAR, FAR]
    assert "openai_compatible did not rerank (" in found.notes[0]
    assert "sk-secret" not in found.notes[0]


def test_it_is_waited_for_a_short_time_only(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reranking, "SECONDS", 0.05)
    server.next(Answer.of({}, delay=5))
    assert "within 0.05 s" in ask(server).notes[0]


def test_a_kind_that_does_not_rerank_says_so(settings: Settings) -> None:
    settings.LAKEHOUSE_RERANK = "claude/m"
    shelve(NEAR)
    endpoint = Endpoint(name="claude", kind="claude", base_url="http://x", clearance="restricted")
    found = find("pump", endpoints={"claude": endpoint})
    assert found.notes == (
        "claude did not rerank (unsupported). Ranked by words and vectors alone.",
    )


def test_echo_reranks_in_this_process(settings: Settings) -> None:
    settings.LAKEHOUSE_RERANK = "echo/echo"
    shelve("pump pump pump pump", "the pump and the valve are old friends of mine")
    count()
    endpoint = Endpoint(name="echo", kind="echo", base_url="", clearance="restricted")
    found = find("pump valve", endpoints={"echo": endpoint})
    assert [p.score for p in found.passages] == [1.0, 0.5]
    assert found.notes == ()


def test_a_setting_that_names_nobody_is_told(settings: Settings) -> None:
    settings.LAKEHOUSE_RERANK = "gone/m"
    shelve(NEAR)
    assert "gone, which does not exist" in find("pump").notes[0]


def test_a_copy_comes_after_what_says_something_else() -> None:
    first = "The pump stops when the tank is full, says the manual of the plant"
    shelve(first, title="A")
    shelve(first + " too", title="B")
    shelve("Another pump runs on, in spite of a tank which overflows for hours", title="C")
    count()
    found = find("pump tank stops", rerank_top_k=2)
    assert [p.title for p in found.passages] == ["A", "C"]
    assert [t.title for t in found.trace if t.dropped] == ["B"]
