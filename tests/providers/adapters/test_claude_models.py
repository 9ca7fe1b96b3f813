import json
from typing import Any

import pytest

from providers.errors import ErrorKind, ProviderError
from providers.messages import ModelInfo
from tests.providers.adapters.claude_requests import ADAPTER, endpoint
from tests.upstreams.claude import model


def page(*models: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"data": models, "has_more": False, **more}).encode()


def test_the_list_is_asked_for_in_large_pages() -> None:
    asked = ADAPTER.list_models(endpoint())
    assert (asked.method, asked.path) == ("GET", "/v1/models?limit=1000")
    assert asked.headers == (("anthropic-version", "2023-06-01"),)


def test_the_next_page_begins_after_the_last_model() -> None:
    assert ADAPTER.list_models(endpoint(), "a&b").path == "/v1/models?limit=1000&after_id=a%26b"


def test_a_model_brings_its_limits_and_capabilities() -> None:
    capabilities = {
        "image_input": {"supported": True},
        "citations": {"supported": False},
        "effort": {"supported": True, "high": {"supported": True}, "max": {"supported": False}},
        "thinking": {"supported": True, "types": {"adaptive": {"supported": True}}},
        "odd": True,
    }
    one = model("m", max_input_tokens=200000, max_tokens=64000, capabilities=capabilities)
    models, cursor = ADAPTER.read_models(page(one))
    assert models == [
        ModelInfo(
            id="m",
            context_length=200000,
            max_output=64000,
            capabilities=(
                "image_input",
                "effort",
                "effort.high",
                "thinking",
                "thinking.adaptive",
            ),
        )
    ]
    assert cursor is None


def test_a_model_that_says_nothing_of_itself_is_listed() -> None:
    assert ADAPTER.read_models(page(model("m")))[0] == [ModelInfo("m")]


def test_more_to_come_gives_a_cursor() -> None:
    assert ADAPTER.read_models(page(model("m"), has_more=True, last_id="m"))[1] == "m"


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"data":[{"name":"m"}]}', b"\xff"])
def test_what_is_no_list_is_a_protocol_failure(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        ADAPTER.read_models(body)
    assert caught.value.failure.kind is ErrorKind.PROTOCOL
