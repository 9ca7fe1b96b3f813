"""One gateway process and its upstreams for this folder's tests."""

from collections.abc import Iterator

import pytest

from tests.serving import Gateway, gateway, registry
from tests.upstreams.openai import OpenAIServer


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
    django_db_blocker: object,
) -> Iterator[Gateway]:
    providers = registry(
        {"openai_compatible": shared_upstream}, '\n[providers.echo]\nkind = "echo"\n'
    )
    with django_db_blocker.unblock(), gateway(tmp_path_factory.mktemp("gw"), providers) as made:  # type: ignore[attr-defined]
        yield made
