"""Which provider and model turn texts into vectors, or rerank: settings name them."""

from collections.abc import Mapping

import msgspec
from django.conf import settings

from providers import adapters
from providers.endpoint import Endpoint


class Chosen(msgspec.Struct, frozen=True):
    """`dimensions` None is the model's own."""

    endpoint: Endpoint
    model: str
    dimensions: int | None = None


class NotChosen(Exception):
    """There is none that can be asked; the text says why, and "" that no setting names one."""


def for_embedding(endpoints: Mapping[str, Endpoint]) -> Chosen:
    """As LAKEHOUSE_EMBEDDING says. Raises NotChosen."""
    name, _, size = settings.LAKEHOUSE_EMBEDDING.partition("@")
    if size and not (size.isdecimal() and 0 < int(size) <= 4000):
        raise NotChosen(f"LAKEHOUSE_EMBEDDING asks for {size} dimensions. Write 1 to 4000.")
    found = _named("LAKEHOUSE_EMBEDDING", name, endpoints)
    return msgspec.structs.replace(found, dimensions=int(size) if size else None)


def for_reranking(endpoints: Mapping[str, Endpoint]) -> Chosen:
    """As LAKEHOUSE_RERANK says. Raises NotChosen."""
    return _named("LAKEHOUSE_RERANK", settings.LAKEHOUSE_RERANK, endpoints)


def _named(setting: str, value: str, endpoints: Mapping[str, Endpoint]) -> Chosen:
    if not value:
        raise NotChosen("")
    provider, _, model = value.partition("/")
    endpoint = endpoints.get(provider)
    if endpoint is None:
        raise NotChosen(f"{setting} names the provider {provider}, which does not exist.")
    model = model or endpoint.default_model
    if not model:
        raise NotChosen(f"{setting} names no model. Write {provider}/model.")
    if not endpoint.enabled:
        raise NotChosen(f"{provider}, which {setting} names, is switched off.")
    if not endpoint.unattended:
        raise NotChosen(f"{provider}, which {setting} names, may not be called unattended.")
    if endpoint.kind not in adapters.KINDS:
        raise NotChosen(f"{provider} is of the kind {endpoint.kind}, which this version lacks.")
    return Chosen(endpoint, model)
