"""One gateway with documents and sessions for this folder."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.lakehouse.gateway.knowledge.knowing import knowing_gateway
from tests.serving import Gateway
from tests.upstreams.openai import OpenAIServer


@pytest.fixture(scope="session")
def shared_knowing(
    shared_upstream: OpenAIServer,
    second_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("knowing")
    with (
        django_db_blocker.unblock(),
        knowing_gateway(folder, shared_upstream, second_upstream) as made,
    ):
        yield made


@pytest.fixture
def knowing(
    shared_knowing: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> Gateway:
    """Its upstreams are forgotten: `open` is the first, every other provider the second."""
    second_upstream.forget()
    return shared_knowing
