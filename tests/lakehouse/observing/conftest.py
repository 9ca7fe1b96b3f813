"""A server that alerts arrive at, one for all tests."""

from collections.abc import Iterator

import pytest

from tests.lakehouse.observing.receiving import Receiver


@pytest.fixture(scope="session")
def shared_receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def receiver(shared_receiver: Receiver) -> Receiver:
    shared_receiver.forget()
    return shared_receiver
