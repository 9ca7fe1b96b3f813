"""A query without a vector is searched by its words, and a note says why."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.db import connection
from msgspec.structs import replace

from profiles.embedding import of_query
from profiles.embedding.of_query import Embedded, embedded, forget
from providers.egress import AllowList
from providers.endpoint import Endpoint
from providers.transport import Transport
from tests.conversation import allow, endpoint_for
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer

ECHO = {"echo": Endpoint("echo", "echo", "", default_model="echo")}


@pytest.fixture(autouse=True)
def by_echo(settings: Any) -> Iterator[None]:
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@8"
    forget()
    yield
    forget()


def asked(
    text: str, endpoints: Mapping[str, Endpoint] = ECHO, allow: Callable[[], AllowList] = AllowList
) -> Embedded | str:
    async def ask() -> Embedded | str:
        transport = Transport(allow)
        try:
            return await embedded(transport, endpoints, text, 0, lambda _name: True)
        finally:
            await transport.aclose()

    return asyncio.run(ask())


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_question_without_words_is_sent_to_nobody(text: str) -> None:
    assert asked(text) == "The question has no words. Found by words only."


@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_be_asked_costs_the_vector_and_no_more() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE profiles_space RENAME TO away")
    try:
        assert str(asked("pump")).startswith("The database is away")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO profiles_space")


def test_only_one_call_in_a_while_waits_for_a_provider_that_is_too_slow(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LAKEHOUSE_EMBEDDING = "slow/m"
    monkeypatch.setattr(of_query, "SECONDS", 0.1)
    with OpenAIServer() as server:
        server.next(Answer.of({}, delay=5))
        slow = {"slow": replace(endpoint_for("openai_compatible", server), name="slow")}
        first, second = (asked("pump", slow, lambda: allow(server)) for _ in range(2))
        assert first == "slow did not embed the query within 0.1 s. Found by words only."
        assert str(second).startswith("slow was too slow lately. It is asked again in 30 s.")
        assert len(server.ledger) == 1
