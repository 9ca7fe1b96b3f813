"""The worker's periodic jobs."""

import pytest
from procrastinate.contrib.django import app
from pytest_django import Settings

from lakehouse.gateway import tasks
from providers.models import Listing, Provider
from tests.upstreams.openai import MODEL, OpenAIServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def allowed(settings: Settings) -> None:
    settings.LAKEHOUSE_EGRESS_ALLOW = "127.0.0.0/8"


def test_model_lists_are_read_from_providers_that_may_be_called_unattended(allowed: None) -> None:
    with OpenAIServer() as upstream:
        for name, unattended in (("free", True), ("asked", False)):
            Provider.objects.create(
                name=name, kind="openai_compatible", base_url=upstream.url, unattended=unattended
            )
        assert tasks.read_model_lists(timestamp=0) == 1
    listing = Listing.objects.get()
    assert (listing.provider.name, listing.model_ids) == ("free", (MODEL,))
    assert {asked.path for asked in upstream.ledger} == {"/models"}


def test_each_job_is_known_to_the_worker_with_its_times() -> None:
    known = {name.rpartition(".")[2] for name in app.tasks}
    assert {"close_dead_calls", "forget_old_instances", "read_model_lists"} <= known
    assert {"roll_up", "forget_old_calls"} <= known
