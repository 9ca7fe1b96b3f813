"""Schemas and patterns that never end, or reach for what is elsewhere: bounded, and told."""

import asyncio
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from lakehouse.validation.registry import built
from lakehouse.validation.report import reported
from lakehouse.validation.subject import Subject
from profiles.execution.apart import running
from profiles.execution.validators import named
from tests.lakehouse.validation.finding import fits, found

DOUBLING = {
    "$defs": {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    | {"d40": {"type": "string"}},
    "$ref": "#/$defs/d0",
}
ENDLESS = [
    ({"regex": {"must_match": "(a+)+$"}}, "a" * 50 + "b"),
    (fits({"pattern": "^(a|a)*$"}), f'"{"a" * 50}b"'),
    (fits(DOUBLING), "1"),
    (fits({"$ref": "#"}), "1"),
]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.run, "__defaults__", ("", 0.2))


@pytest.mark.parametrize(("validator", "text"), ENDLESS)
def test_what_never_ends_is_ended_and_told(hurried: None, validator: Any, text: str) -> None:
    began = time.monotonic()
    (error,) = found(text, validator)
    assert time.monotonic() - began < 4
    assert error.message.startswith("It cannot be checked: that takes")
    assert error.final


def test_the_next_answer_is_checked_as_ever(hurried: None) -> None:
    found("a" * 50 + "b", {"regex": {"must_match": "(a+)+$"}})
    assert found("aaa", {"regex": {"must_match": "a+"}}) == []


def test_what_never_ends_holds_no_other_call_up(hurried: None) -> None:
    held = built(named([{"regex": {"must_match": "(a+)+$"}}]))

    async def run() -> float:
        looking = asyncio.create_task(reported(held, Subject("a" * 50 + "b")))
        longest, last = 0.0, time.monotonic()
        while not looking.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        return longest

    assert asyncio.run(run()) < 0.15


def test_a_remote_schema_is_never_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema"
        (plain,) = found("1", fits({"$ref": url}))
        (identified,) = found("1", fits({"$id": "urn:x", "properties": {}, "$ref": url}))
        with pytest.raises(TimeoutError):
            server.accept()
    assert "Remote schemas are never fetched" in plain.message
    assert "which it does not have" in identified.message


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "strng"}, "not valid at $.type"),
        ({"$ref": "#/$defs/none"}, "points to"),
        ({"pattern": "("}, "not valid at $.pattern"),
        ({"patternProperties": {"(": {}}}, "not valid at $.patternProperties"),
        ({"enum": [[0]] * 20_001}, "over 20000 parts"),
    ],
)
def test_a_schema_that_cannot_be_used_is_no_fault_of_the_answer(schema: Any, said: str) -> None:
    (error,) = found("{}", fits(schema))
    assert said in error.message
    assert error.final


def test_an_endless_answer_is_not_looked_at() -> None:
    (error,) = found("x" * 2_000_001, {"regex": {"must_match": "x"}})
    assert "2000000 characters" in error.message


def test_many_at_once_share_two_processes() -> None:
    results: list[Any] = []

    def one(number: int) -> None:
        results.append(found(str(number), fits({"type": "integer"})))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[]] * 12
    assert len(running._free) <= running.MOST_PROCESSES


def test_no_secret_and_no_setting_reaches_the_process_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANARY_API_KEY", "sk-canary")
    running.close()
    found("1", {"regex": {"must_match": "1"}})
    (child,) = running._free
    assert b"canary" not in Path(f"/proc/{child.process.pid}/environ").read_bytes()
