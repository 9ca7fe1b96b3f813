"""The vendor's model list: `GET /v1/models`, page by page. It costs nothing and proves the key."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import ModelInfo

PAGE = 1000


class _Model(msgspec.Struct):
    id: str
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    capabilities: Any = None


class _Page(msgspec.Struct):
    data: list[_Model]
    has_more: bool = False
    last_id: str | None = None


def path(cursor: str | None) -> str:
    """The address of the page after the model named by `cursor`."""
    after = f"&after_id={quote(cursor, safe='')}" if cursor else ""
    return f"/v1/models?limit={PAGE}{after}"


def read(body: bytes) -> tuple[list[ModelInfo], str | None]:
    """The models of one page and the next page's cursor. Raises ProviderError(protocol)."""
    try:
        page = msgspec.json.decode(body, type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProviderError(
            failure(
                ErrorKind.PROTOCOL,
                "The answer to /v1/models is not a model list. Check the provider's base_url.",
            )
        ) from error
    models = [
        ModelInfo(
            id=model.id,
            context_length=model.max_input_tokens,
            max_output=model.max_tokens,
            capabilities=tuple(_supported(model.capabilities)),
        )
        for model in page.data
    ]
    return models, page.last_id if page.has_more else None


def _supported(tree: Any, prefix: str = "") -> Iterator[str]:
    """Dotted names of what a capability tree says is supported, such as "effort.high"."""
    if not isinstance(tree, dict):
        return
    for name, each in tree.items():
        if not isinstance(each, dict) or each.get("supported") is False:
            continue
        # `thinking.types` only groups: it has no `supported` of its own.
        inner = prefix if name == "types" else f"{prefix}{name}."
        if each.get("supported") is True:
            yield inner[:-1]
        yield from _supported(each, inner)
