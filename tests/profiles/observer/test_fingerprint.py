"""What makes two failures the same one."""

import random
import timeit
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from profiles.observer.fingerprint import (
    LONGEST,
    Failed,
    alerts,
    fingerprint,
    fingerprint_of_others,
    normal,
    of_client,
)
from profiles.observer.grouping import Event, folded, grouped

NOW = datetime(2026, 1, 1, tzinfo=UTC)
VARIES = {
    "after 12.5 s": "after <n> s",
    "id 0f9c2f6e-7f5a-4b6c-9a6e-0123456789ab": "id <id>",
    "request req_011CSHoEeqs5C35K2UUq": "request <id>",
    "at https://u:p@h.example:8443/v1?key=x is": "at <url> is",
    "to ana@corp.example or": "to <address> or",
    "in /var/lib/lakehouse/pg.sock or": "in <path> or",
    'no model "my own prompt" here': "no model <text> here",
    "it can't say 'this' or `that`": "it can't say <text> or <text>",
    "cut off in 'the middle of w…": "cut off in <text>",
    "key sk-abcdefgh12345678 is": "key [redacted] is",
}


@pytest.mark.parametrize("said", VARIES)
def test_what_varies_from_call_to_call_is_not_in_the_words(said: str) -> None:
    assert normal(said) == VARIES[said]


def test_ordinary_words_and_error_codes_stay() -> None:
    said = "overloaded_error: context_length_exceeded, it's and/or not (connection refused)."
    assert normal(said) == said


@settings(max_examples=30)
@given(some.text())
def test_any_message_gets_one_short_line(message: str) -> None:
    line = normal(message)
    assert len(line) <= LONGEST and line == " ".join(line.split())


@settings(max_examples=30)
@given(some.integers(), some.uuids(), some.integers(0, 2**64))
def test_numbers_and_ids_make_no_new_fingerprint(number: int, made: uuid.UUID, word: int) -> None:
    text = f"Request {made} (req_{word:016x}1) failed after {number} ms."
    plain = f"Request {uuid.UUID(int=7)} (req_00000000000000001) failed after 1 ms."
    assert fingerprint(Failed(message=text)) == fingerprint(Failed(message=plain))


@pytest.mark.parametrize("field", ["provider", "model", "error_kind", "message", "revision"])
def test_each_part_tells_failures_apart(field: str) -> None:
    parts: dict[str, Any] = {
        "provider": "a",
        "model": "b",
        "error_kind": "c",
        "message": "d",
        "revision": "e@f",
    }
    assert fingerprint(Failed(**parts)) != fingerprint(Failed(**parts | {field: "other"}))


def test_a_fingerprint_begins_with_its_version_and_fits_its_column() -> None:
    longest = Failed("p" * 63, "m" * 300, "bad_request", "x" * 5000, "r" * 80)
    for made in (fingerprint(longest), fingerprint_of_others(longest)):
        assert made.startswith("1:") and len(made) <= 40


@pytest.mark.parametrize(
    ("kind", "status", "revision", "is_clients"),
    [
        ("server", 502, "", False),
        ("quota", 429, "", False),
        ("gate", 403, "", False),
        ("bad_request", 400, "", True),
        ("content_filter", 400, "fast@1", True),
        ("model_not_found", 404, "", True),
        ("model_not_found", 404, "fast@1", False),
        ("provider_not_found", 404, "", True),
        ("no_rung_answered", 429, "", False),
        ("process_died", None, "", False),
        ("internal", 500, "", False),
    ],
)
def test_a_request_nobody_could_answer_is_the_clients_doing(
    kind: str, status: int | None, revision: str, is_clients: bool
) -> None:
    failed = Failed(error_kind=kind, status=status, revision=revision)
    assert of_client(failed) is is_clients
    assert alerts(fingerprint(failed)) is not is_clients


EVENTS = some.lists(
    some.builds(
        Event,
        some.uuids(),
        some.datetimes(timezones=some.just(UTC)),
        some.datetimes(timezones=some.just(UTC)),
        some.builds(
            Failed, some.sampled_from("ab"), message=some.sampled_from(["x 1", "x 2", "y"])
        ),
    ),
    max_size=20,
)


@settings(max_examples=30)
@given(EVENTS, some.randoms(use_true_random=False))
def test_the_same_events_in_any_order_give_the_same_clusters(
    events: list[Event], dice: random.Random
) -> None:
    def seen(order: list[Event]) -> object:
        return [
            (name, group.message, group.first_seen, group.last_seen, {e.id for e in group.events})
            for name, group in grouped(order).items()
        ]

    shuffled = events.copy()
    dice.shuffle(shuffled)
    assert seen(shuffled) == seen(events)


def test_what_has_no_cluster_of_its_own_is_together_by_provider() -> None:
    failures = [Failed(p, message=m) for p in "ab" for m in ("x", "y", "z")]
    events = [Event(uuid.uuid4(), NOW, NOW, each) for each in failures]
    rest = folded(grouped(events).values())
    assert sorted((g.provider, len(g.events)) for g in rest.values()) == [("a", 3), ("b", 3)]


@pytest.mark.parametrize("unit", ["a-", "'a", "/a", "a.", "a1-", "aB"])
def test_no_message_takes_long_whatever_is_in_it(unit: str) -> None:
    """A client may write an error's words, and two thousand of them wait in one batch."""
    longest = (unit * 2000)[:2000]
    assert min(timeit.repeat(lambda: normal(longest), number=1, repeat=5)) < 0.015
