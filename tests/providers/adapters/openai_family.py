"""What the adapters of OpenAI's family would send and read, for their tests."""

import json
import re
from typing import Any

import pytest

from providers import adapters
from providers.adapters.base import Outgoing
from providers.endpoint import Endpoint
from providers.errors import Failure, ProviderError
from providers.events import Event
from providers.messages import Part, Request, Turn
from tests.conversation import ask, failure_of, feed
from tests.upstreams.base import sse


class Family:
    """One adapter at one base URL."""

    def __init__(self, kind: str, base_url: str, model: str) -> None:
        self.adapter = adapters.get(kind)
        self.base_url = base_url
        self.model = model

    def endpoint(self, **more: Any) -> Endpoint:
        kind = self.adapter.kind
        return Endpoint(**{"name": kind, "kind": kind, "base_url": self.base_url, **more})

    def asking(self, *parts: Part, **more: Any) -> Request:
        """One user turn of these parts, or an ordinary question."""
        if parts:
            more["turns"] = (Turn("user", parts),)
        request = ask(model=more.pop("model", self.model))
        return Request(**{"model": request.model, "turns": request.turns, **more})

    def sent(self, request: Request, **endpoint: Any) -> Outgoing:
        return self.adapter.chat(self.endpoint(**endpoint), request)

    def body(self, request: Request, **endpoint: Any) -> Any:
        return json.loads(self.sent(request, **endpoint).body)

    def dropped(self, **asked: Any) -> tuple[str, ...]:
        return self.sent(self.asking(**asked)).dropped

    def refusal(self, request: Request, **endpoint: Any) -> Failure:
        with pytest.raises(ProviderError) as raised:
            self.sent(request, **endpoint)
        return raised.value.failure

    def streamed(self, *chunks: Any, done: bool = True, **asked: Any) -> list[Event]:
        """The events of a stream, which must not depend on how its bytes are cut."""
        return self.bytes_streamed(b"".join(sse(*chunks, done=done)), **asked)

    def bytes_streamed(self, data: bytes, **asked: Any) -> list[Event]:
        request = self.asking(stream=True, **asked)
        whole, sliced = (
            feed(self.adapter.decoder(self.endpoint(), request), data, size) for size in (0, 1)
        )
        assert _without_random(whole) == _without_random(sliced)
        return whole

    def whole(self, answer: Any, **asked: Any) -> list[Event]:
        """The events of an answer in one document."""
        data = answer if isinstance(answer, bytes) else json.dumps(answer, indent=1).encode()
        decoder = self.adapter.decoder(self.endpoint(), self.asking(**asked))
        return feed(decoder, data, size=7)

    def named(self, status: int, body: Any = b"", **headers: str) -> Failure:
        """The failure of a non-2xx answer; `retry_after="3"` is the header retry-after."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lower = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.adapter.failure(self.endpoint(), status, lower, data)

    def named_within(self, error: Any) -> Failure:
        """The failure of an error in the middle of a stream that began well."""
        return failure_of(self.streamed(error, done=False))


def _without_random(events: list[Event]) -> str:
    return re.sub(r"call_[0-9a-f]{24}", "call_random", repr(events))
