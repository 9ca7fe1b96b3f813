"""A query without a vector is searched by its words, and a note says why."""

import asyncio
from typing import Any

import pytest
from django.db import connection

from profiles.embedding.of_query import Embedded, embedded, forget
from providers.egress import AllowList
from providers.endpoint import Endpoint
from providers.transport import Transport

ECHO = {"echo": Endpoint("echo", "echo", "", default_model="echo")}


@pytest.fixture(autouse=True)
def by_echo(settings: Any) -> None:
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@8"
    forget()


def asked(text: str) -> Embedded | str:
    async def ask() -> Embedded | str:
        transport = Transport(AllowList)
        try:
            return await embedded(transport, ECHO, text, 0, lambda _name: True)
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
