"""A playbook's vector: asked for where it may be, and said where it is not had."""

from typing import Any

import pytest

from profiles.embedding.space import Space
from profiles.memory.embedding import embed
from profiles.models import Playbook
from tests.profiles.making import provider
from tests.profiles.memory.knowing import document, playbook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def embedding(settings: Any) -> None:
    settings.LAKEHOUSE_EMBEDDING = "echo/m@8"


def has_vector() -> bool:
    return Playbook.objects.get().embedding is not None


def test_it_gets_the_vector_of_its_title_and_task() -> None:
    provider("echo", clearance="internal")
    assert embed(playbook(label="internal")) == ""
    assert has_vector()
    assert Space.objects.get().dimensions == 8


def test_without_an_embedding_provider_nothing_is_said(settings: Any) -> None:
    settings.LAKEHOUSE_EMBEDDING = ""
    assert embed(playbook()) == ""
    assert not has_vector()


def test_a_provider_that_does_not_exist_is_said() -> None:
    assert "names the provider echo, which does not exist" in embed(playbook())


@pytest.mark.parametrize(("own", "cited"), [("confidential", "public"), ("public", "confidential")])
def test_no_playbook_goes_to_a_provider_that_may_not_see_it(own: str, cited: str) -> None:
    provider("echo", clearance="internal")
    told = embed(playbook("Reset", "Reset it", document(label=cited), label=own))
    assert "may see internal texts at most, and this playbook is confidential" in told
    assert not has_vector()


def test_a_failure_leaves_it_to_its_words_and_is_said() -> None:
    provider("echo", kind="openai_compatible", base_url="http://127.0.0.1:9", clearance="public")
    told = embed(playbook())
    assert told.startswith("It is saved, and found by its words only: ")
    assert not has_vector()


def test_it_is_not_asked_for_again() -> None:
    provider("echo")
    row = playbook()
    embed(row)
    Playbook.objects.update(embedding=[0.5] * 8)
    embed(row)
    assert list(Playbook.objects.get().embedding) == [0.5] * 8
