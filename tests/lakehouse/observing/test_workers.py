"""Processes that share a port hear each other; one that is gone holds nobody up."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

from lakehouse.observing import workers
from lakehouse.observing.workers import Workers


async def opened(folder: Path, number: int, answer: bytes) -> Workers:
    made = Workers(folder, number)
    await made.open({"name": lambda: answer})
    return made


async def closed(*opened: Workers) -> None:
    for one in opened:
        await one.close()


def test_each_is_answered_by_all_others(tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        three = [await opened(tmp_path, n, b"%d" % n) for n in (1, 2, 3)]
        told, unheard = await three[1].ask("name")
        assert unheard == 0
        await closed(*three)
        return told

    assert asyncio.run(run()) == [b"1", b"3"]


def test_one_that_was_killed_is_counted_and_its_successor_takes_its_place(tmp_path: Path) -> None:
    async def run() -> None:
        first = await opened(tmp_path, 1, b"1")
        (tmp_path / "2.worker").write_bytes(b"")  # nobody listens there
        assert await first.ask("name") == ([], 1)
        second = await opened(tmp_path, 2, b"2")
        assert await first.ask("name") == ([b"2"], 0)
        await closed(first, second)

    asyncio.run(run())


def test_one_that_hangs_is_left_out_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.1)

    async def run() -> None:
        first = await opened(tmp_path, 1, b"1")
        with socket.socket(socket.AF_UNIX) as hung:
            hung.bind(str(tmp_path / "2.worker"))
            hung.listen()
            began = time.monotonic()
            assert await first.ask("name") == ([], 1)
        assert time.monotonic() - began < 1
        await closed(first)

    asyncio.run(run())


def test_one_that_cannot_be_asked_serves_all_the_same(tmp_path: Path) -> None:
    asyncio.run(Workers(tmp_path / "not there", 1).open({}))


def test_one_by_itself_asks_nobody() -> None:
    assert asyncio.run(Workers().ask("name")) == ([], 0)
