"""A query's vector: who is asked, what is remembered, and what is said when there is none."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from profiles.embedding import of_query
from profiles.embedding.chosen import NotChosen
from profiles.embedding.of_query import embedded, space_id, vector_of
from providers.endpoint import Endpoint
from providers.transport import Transport
from tests.conversation import allow, endpoint_for
from tests.profiles.retrieval.library import space
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer

KIND = "openai_compatible"


@pytest.fixture(scope="module")
def upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as made:
        yield made


@pytest.fixture
def server(upstream: OpenAIServer, settings: Settings) -> Iterator[OpenAIServer]:
    settings.LAKEHOUSE_EMBEDDING = f"{KIND}/embed-1"
    upstream.ledger.clear()
    of_query.forget()
    yield upstream
    of_query.forget()


def given(*numbers: float) -> Answer:
    return Answer.of({"data": [{"embedding": list(numbers), "index": 0}]})


def ask(server: OpenAIServer, text: str = "pump", text_rank: int = 0, **more: Any) -> Any:
    """The vector, or the note."""
    allowed = more.pop("allowed", lambda _name: True)
    endpoints = {KIND: endpoint_for(KIND, server, "/v1", **more)}

    async def run() -> Any:
        transport = Transport(lambda: allow(server))
        try:
            return (await vector_of(transport, endpoints, text, text_rank, allowed))[1]
        except NotChosen as error:
            return of_query.note(error)
        finally:
            await transport.aclose()

    return asyncio.run(run())


def test_the_vector_has_unit_length(server: OpenAIServer) -> None:
    server.next(given(3e6, 4e6))
    assert ask(server) == [0.6, 0.8]
    assert server.last.json == {"model": "embed-1", "input": ["pump"]}


def test_a_text_is_asked_once_while_it_is_remembered(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_query, "REMEMBERED", 1)
    for text in ("pump", "pump", "tank", "pump"):
        ask(server, text)
    assert [asked.json["input"] for asked in server.ledger] == [["pump"], ["tank"], ["pump"]]


@pytest.mark.parametrize(
    ("refusing", "why"),
    [
        ({"text_rank": 2}, "cleared to internal only"),
        ({"clearance": "public", "text_rank": 1}, "cleared to public only"),
        ({"allowed": lambda name: False}, "may not use openai_compatible"),
        ({"enabled": False}, "is switched off"),
    ],
)
def test_nobody_is_sent_what_he_may_not_see(
    server: OpenAIServer, refusing: dict[str, Any], why: str
) -> None:
    told = ask(server, **refusing)
    assert why in told and told.endswith("Found by words only.")
    assert server.ledger == []


def test_what_is_remembered_is_not_given_to_who_may_not_ask(server: OpenAIServer) -> None:
    ask(server)
    assert "may not use" in ask(server, allowed=lambda _name: False)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (given(0.0, 0.0), "no direction"),
        (Answer.of({"error": {"message": "no sk-secret"}}, status=500), "did not embed the query"),
        (Answer.of({"data": []}), "did not embed the query (protocol)"),
    ],
)
def test_what_goes_wrong_is_a_note(server: OpenAIServer, answer: Answer, why: str) -> None:
    server.next(answer)
    told = ask(server)
    assert why in told and "sk-secret" not in told


def test_it_is_waited_for_a_short_time_only(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_query, "SECONDS", 0.05)
    server.next(Answer.of({}, delay=5))
    assert "within 0.05 s" in ask(server)


def test_without_a_setting_it_says_which(settings: Settings) -> None:
    settings.LAKEHOUSE_EMBEDDING = ""
    told = asyncio.run(embedded(Transport(), {}, "pump", 0, lambda _name: True))
    assert told == (
        "No provider embeds texts: LAKEHOUSE_EMBEDDING names none. Found by words only."
    )


@pytest.mark.django_db
def test_the_space_is_that_of_the_documents(settings: Settings) -> None:
    of_query.forget()
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@8"
    echo = Endpoint(name="echo", kind="echo", base_url="")
    chosen, vector = asyncio.run(
        vector_of(Transport(), {"echo": echo}, "pump", 0, lambda _name: True)
    )
    with pytest.raises(NotChosen, match="No document is embedded by echo/echo yet"):
        space_id(chosen, len(vector))
    made = space(8)
    assert space_id(chosen, len(vector)) == made.pk
    of_query.forget()


@pytest.mark.django_db(transaction=True)
def test_within_the_event_loop_the_space_is_looked_up_elsewhere(settings: Settings) -> None:
    of_query.forget()
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@8"
    echo = Endpoint(name="echo", kind="echo", base_url="")
    made = space(8)
    found = asyncio.run(embedded(Transport(), {"echo": echo}, "pump", 0, lambda _name: True))
    assert isinstance(found, tuple)
    assert (len(found[0]), found[1]) == (8, made.pk)
    of_query.forget()
