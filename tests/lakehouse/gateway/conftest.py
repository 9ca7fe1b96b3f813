"""One gateway process and its upstreams for this folder's tests."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.serving import Gateway, gateway, registry
from tests.upstreams.openai import OpenAIServer

ECHO = '\n[providers.echo]\nkind = "echo"\n'


@pytest.fixture(scope="session")
def shared_upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def upstream(shared_upstream: OpenAIServer) -> OpenAIServer:
    shared_upstream.forget()
    return shared_upstream


@pytest.fixture(scope="session")
def served(
    shared_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    providers = registry({"openai_compatible": shared_upstream}, ECHO)
    with django_db_blocker.unblock(), gateway(tmp_path_factory.mktemp("gw"), providers) as made:
        yield made


@pytest.fixture
def impatient(
    shared_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    """A gateway of the test's own, with short limits, that it may stop or kill."""
    settings = {
        "LAKEHOUSE_WRITE_SECS": "0.5",
        "LAKEHOUSE_STREAM_PING_SECS": "0.2",
        "LAKEHOUSE_STREAM_COMMIT_SECS": "0.3",
        "LAKEHOUSE_BODY_SECS": "0.5",
        "LAKEHOUSE_QUEUE_SECS": "0.3",
    }
    providers = registry({"openai_compatible": shared_upstream}, ECHO)
    folder = tmp_path_factory.mktemp("own")
    with (
        django_db_blocker.unblock(),
        gateway(folder, providers, "--drain-secs", "1", settings=settings) as made,
    ):
        yield made
