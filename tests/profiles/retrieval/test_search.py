"""A search from query to passages, over real chunks."""

import asyncio

import pytest

from profiles.retrieval.policy import Retrieval
from profiles.retrieval.search import Found, Query, candidates, chosen_passages, reranked
from providers.transport import Transport
from tests.profiles.retrieval.library import count, shelve

pytestmark = pytest.mark.django_db


def find(query: Query, **values: object) -> Found:
    profile = Retrieval("docs", 1, **values)  # type: ignore[arg-type]
    found = candidates(query, profile)
    ranked = asyncio.run(reranked(Transport(), {}, query, found, profile, lambda _: True))
    return chosen_passages(query, ranked, profile)


def texts(found: Found) -> list[str]:
    return [passage.text for passage in found.passages]


def test_the_passage_that_says_it_is_found() -> None:
    shelve("The pump stops when the tank is full.", "Invoices are paid monthly.")
    count()
    assert texts(find(Query("When do the pumps stop?", limit=0))) == [
        "The pump stops when the tank is full."
    ]
