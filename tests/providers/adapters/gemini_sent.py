"""What the Gemini adapter would send for a request, for its tests to read."""

from typing import Any

import msgspec
import pytest

from providers import adapters
from providers.adapters.base import Outgoing
from providers.endpoint import Endpoint
from providers.errors import Failure, ProviderError
from providers.messages import Request

ENDPOINT = Endpoint(name="gemini", kind="gemini", base_url="http://localhost/v1beta")
GEMINI = adapters.get("gemini")


def sent(request: Request, **endpoint: Any) -> Outgoing:
    return GEMINI.chat(msgspec.structs.replace(ENDPOINT, **endpoint), request)


def body(request: Request, **endpoint: Any) -> Any:
    return msgspec.json.decode(sent(request, **endpoint).body)


def parts_of(request: Request) -> Any:
    return body(request)["contents"][-1]["parts"]


def refusal_of(request: Request) -> Failure:
    with pytest.raises(ProviderError) as raised:
        GEMINI.chat(ENDPOINT, request)
    return raised.value.failure
