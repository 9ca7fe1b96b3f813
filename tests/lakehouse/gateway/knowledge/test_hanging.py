"""A database that hangs, as behind a broken network, holds up no call for long."""

import asyncio
import threading
import time

import pytest
from django.db import Error

from lakehouse.gateway.knowledge import context


def test_a_look_that_takes_too_long_is_one_at_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(context, "SECONDS", 0.05)
    hanging = threading.Event()
    started = time.monotonic()
    try:
        with pytest.raises(Error, match=r"no answer within 0\.05 s"):
            asyncio.run(context.in_database(lambda: hanging.wait(5)))
        assert time.monotonic() - started < 2
    finally:
        hanging.set()
