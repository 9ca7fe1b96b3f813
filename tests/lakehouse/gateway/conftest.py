"""One gateway process and its upstreams for this folder's tests."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from openai import OpenAI
from pytest_django import DjangoDbBlocker

from tests.lakehouse.gateway import house
from tests.lakehouse.gateway.governed import governed_gateway
from tests.serving import Gateway, gateway, registry
from tests.upstreams.base import UpstreamServer
from tests.upstreams.kinds import PLAYED
from tests.upstreams.openai import OpenAIServer

ECHO = '\n[providers.echo]\nkind = "echo"\n'


@pytest.fixture(scope="session")
def all_upstreams() -> Iterator[dict[str, UpstreamServer]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(played.server()) for kind, played in PLAYED.items()}


@pytest.fixture
def upstreams(all_upstreams: dict[str, UpstreamServer]) -> dict[str, UpstreamServer]:
    """A server of each kind, by its kind: nothing asked of it yet."""
    for server in all_upstreams.values():
        server.forget()
    return all_upstreams


@pytest.fixture(scope="session")
def shared_upstream(all_upstreams: dict[str, UpstreamServer]) -> OpenAIServer:
    server = all_upstreams["openai_compatible"]
    assert isinstance(server, OpenAIServer)
    return server


@pytest.fixture
def upstream(shared_upstream: OpenAIServer) -> OpenAIServer:
    shared_upstream.forget()
    return shared_upstream


@pytest.fixture(scope="session")
def served(
    all_upstreams: dict[str, UpstreamServer],
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    """The gateway of `house`, one for all tests."""
    folder, providers = tmp_path_factory.mktemp("gw"), house.registry(all_upstreams)
    with (
        django_db_blocker.unblock(),
        gateway(folder, providers, settings=house.environment()) as made,
    ):
        house.list_models(made)
        yield made


SHORT_LIMITS = {
    "LAKEHOUSE_WRITE_SECS": "0.5",
    "LAKEHOUSE_STREAM_PING_SECS": "0.2",
    "LAKEHOUSE_STREAM_COMMIT_SECS": "0.3",
    "LAKEHOUSE_BODY_SECS": "0.5",
    "LAKEHOUSE_QUEUE_SECS": "0.3",
}


def with_short_limits(upstream: OpenAIServer, folder: Path) -> AbstractContextManager[Gateway]:
    providers = registry({"openai_compatible": upstream}, ECHO)
    return gateway(folder, providers, "--drain-secs", "1", settings=SHORT_LIMITS)


@pytest.fixture
def impatient(
    shared_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    """A gateway of the test's own, with short limits, that it may stop or kill."""
    folder = tmp_path_factory.mktemp("own")
    with django_db_blocker.unblock(), with_short_limits(shared_upstream, folder) as made:
        yield made


@pytest.fixture(scope="session")
def shared_hasty(
    shared_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("hasty")
    with django_db_blocker.unblock(), with_short_limits(shared_upstream, folder) as made:
        yield made


@pytest.fixture
def hasty(shared_hasty: Gateway) -> Iterator[Gateway]:
    """A gateway with short limits, for all tests, that they leave running."""
    yield shared_hasty
    if shared_hasty.rows("SELECT 1 FROM providers_provider WHERE max_concurrency > 0"):
        shared_hasty.limit_to(0)


@pytest.fixture(scope="session")
def second_upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="session")
def shared_governed(
    shared_upstream: OpenAIServer,
    second_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("governed")
    with (
        django_db_blocker.unblock(),
        governed_gateway(folder, shared_upstream, second_upstream) as made,
    ):
        yield made


@pytest.fixture
def governed(
    shared_governed: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> Gateway:
    """One with profiles and ladders, for all tests; nothing asked of its two upstreams yet."""
    second_upstream.forget()
    return shared_governed


@pytest.fixture
def sdk(served: Gateway) -> Iterator[OpenAI]:
    """OpenAI's own client, with nothing changed but where it goes and with which key."""
    with OpenAI(base_url=f"{served.url}/v1", api_key=served.token) as client:
        yield client
