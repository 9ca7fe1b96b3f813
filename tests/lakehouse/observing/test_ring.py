"""The ring: the newest calls of one process, as many as the live observer profile says."""

from typing import Any

import pytest
from django.test import Client

from lakehouse.gateway import live
from lakehouse.observing.ring import Entry, Ring
from tests.lakehouse.observing.watched import ended
from tests.profiles import making

pytestmark = pytest.mark.django_db


def sized(size: int) -> None:
    row = making.profile("observer", f"of-{size}", ring_size=size)
    making.activated(row)
    live.reload()


def filled(*models: str) -> Ring:
    ring = Ring()
    for model in models:
        ring.seen(ended(model=model))
    return ring


def models(ring: Ring) -> str:
    return "".join(entry.model for entry in ring.newest_first())


def test_it_holds_the_newest_calls_and_counts_those_that_fell_out() -> None:
    sized(3)
    ring = filled(*"abcde")
    assert models(ring) == "edc"
    assert (ring.seen_in_all, ring.fell_out) == (5, 2)


def test_it_shrinks_and_grows_with_the_live_profile_and_keeps_the_newest() -> None:
    sized(5)
    ring = filled(*"abcde")
    sized(2)
    assert models(ring) == "ed"
    ring.seen(ended(model="f"))
    sized(4)
    ring.seen(ended(model="g"))
    assert models(ring) == "gfe"
    assert ring.fell_out == 4


def test_without_a_live_profile_it_holds_two_thousand() -> None:
    live.reload()
    assert Ring().size == 2000


def test_an_entry_has_nothing_that_was_said() -> None:
    assert not {"request_body", "answer_text", "error_message"} & set(Entry.__struct_fields__)


@pytest.mark.parametrize("path", ["/api/v1/observer/ring", "/api/v1/observer/ring/"])
def test_a_process_that_serves_no_calls_says_so(admin_client: Client, path: str) -> None:
    told = admin_client.get(path).json()
    assert (told["instance"], told["seen"], told["calls"]) == (None, 0, [])
    assert "Of this process alone" in told["note"]


@pytest.mark.parametrize("query", [{"outcome": "compleet"}, {"model": "m"}, {"key": ""}])
def test_a_filter_that_is_none_is_refused_by_its_name(
    admin_client: Client, query: dict[str, Any]
) -> None:
    answer = admin_client.get("/api/v1/observer/ring/", query)
    assert answer.status_code == 400
    assert set(answer.json()) == set(query)
