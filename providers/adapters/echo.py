"""A provider in this process: says back what it was told, for first runs, tests and drills.

Options: `delay` (seconds before the first word), `pause` (seconds between words),
`fail` (an error kind: every call fails with it).
"""

import asyncio
import math
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import ClassVar

import msgspec

from providers.adapters.base import Defaults, Local, Outgoing
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError, failure
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    FinishReason,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import (
    Audio,
    EmbeddingRequest,
    EmbeddingResult,
    File,
    Image,
    JsonSchema,
    Named,
    Request,
    RerankRequest,
    RerankResult,
    Text,
    ToolResult,
    Usage,
)

_UNSEEN: dict[type, str] = {Image: "image_url", Audio: "input_audio", File: "file"}
_DIMENSIONS = 256
_WORD = re.compile(r"\w+")
_SAMPLE = {"string": "echo", "integer": 1, "number": 1.5, "boolean": True, "null": None}


class Echo(Local):
    kind = "echo"
    label = "Echo (in process)"
    defaults = Defaults(base_url="http://localhost", default_model="echo")
    options: ClassVar[Mapping[str, type]] = {"delay": float, "pause": float, "fail": str}

    def chat(self, endpoint: Endpoint, request: Request) -> Outgoing:
        dropped = dict.fromkeys(_unheard(request))
        if request.sampling.n not in (None, 1):
            raise ProviderError(
                failure(ErrorKind.UNSUPPORTED, "echo gives one choice; leave n out.", param="n")
            )
        return Outgoing(method="POST", path="", dropped=tuple(dropped))

    async def answer(self, endpoint: Endpoint, request: Request) -> AsyncIterator[list[Event]]:
        fail = endpoint.options.get("fail")
        await asyncio.sleep(float(endpoint.options.get("delay", 0)))
        if fail:
            kind = ErrorKind(fail)
            yield [Fail(failure(kind, f"echo was told to fail with {kind}"))]
            return
        yield [Start(model=request.model)]
        if request.thinking.effort not in (None, "none"):
            yield [ReasoningDelta("I should say this back.")]
        if _wants_tool(request):
            yield _tool_call(request)
            yield [Finish("tool_calls"), UsageReport(_usage(request, 1)), End()]
            return
        words = _words(request)
        limit = len(words) if request.limit is None else request.limit
        pause = float(endpoint.options.get("pause", 0))
        for word in words[:limit]:
            yield [TextDelta(word)]
            if pause:
                await asyncio.sleep(pause)
        reason: FinishReason = "length" if len(words) > limit else "stop"
        yield [Finish(reason), UsageReport(_usage(request, min(len(words), limit))), End()]

    def embed_locally(self, request: EmbeddingRequest) -> EmbeddingResult:
        """The same vectors everywhere and always, of unit length; similar texts are near.

        256 numbers, or as many as are asked for: each word and each three letters within
        one add to a number that their hash names, the less the more often they come.
        """
        size = request.dimensions or _DIMENSIONS
        vectors = [_direction(Counter(_features(item)), size) for item in request.inputs]
        return EmbeddingResult(vectors, request.model, sum(len(i) for i in request.inputs))

    def rerank_locally(self, request: RerankRequest) -> RerankResult:
        """The share of the query's words that a document has: for drills only."""
        asked = _set_of_words(request.query)
        shares = [len(asked & _set_of_words(d)) / (len(asked) or 1) for d in request.documents]
        return RerankResult(shares, request.model)


def _set_of_words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _features(item: str | Sequence[int]) -> Iterator[str]:
    if not isinstance(item, str):
        yield from map(str, item)
        return
    for word in _WORD.findall(item.lower()):
        yield word
        padded = f"<{word}>"
        yield from (padded[at : at + 3] for at in range(len(word)))


def _direction(counts: Mapping[str, int], size: int) -> list[float]:
    vector = [0.0] * size
    for feature, count in counts.items():
        hashed = _hashed(feature)
        weight = (1 + math.log(count)) * min(len(feature), 8)  # long words tell more
        vector[(hashed >> 1) % size] += weight if hashed & 1 else -weight
    length = math.sqrt(sum(number * number for number in vector))
    # Features that cancel each other out leave no direction: one is as good as another.
    return [number / length for number in vector] if length else [1.0] + [0.0] * (size - 1)


@lru_cache(maxsize=1 << 16)
def _hashed(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(errors="replace"), digest_size=8).digest())


def _unheard(request: Request) -> Iterator[str]:
    """What has no effect here, by the client's names."""
    yield from request.extras
    for name in ("logprobs", "top_logprobs", "logit_bias", "stop"):
        if getattr(request.sampling, name):
            yield name
    for turn in request.turns:
        for part in turn.parts:
            for inner in part.parts if isinstance(part, ToolResult) else (part,):
                if unseen := _UNSEEN.get(type(inner)):
                    yield f"messages.content.{unseen}"


def _last_user_text(request: Request) -> str:
    for turn in reversed(request.turns):
        texts = []
        for part in turn.parts:
            if isinstance(part, Text):
                texts.append(part.text)
            elif isinstance(part, ToolResult):
                texts.extend(p.text for p in part.parts if isinstance(p, Text))
        if texts and turn.role != "assistant":
            return " ".join(texts)
    return ""


def _words(request: Request) -> list[str]:
    if request.output != "text":
        return [_document(request)]
    words = _last_user_text(request).split(" ")
    return [word if i == 0 else " " + word for i, word in enumerate(words)]


def _document(request: Request) -> str:
    """An object that fits the asked schema's properties, or one that holds the text."""
    if isinstance(request.output, JsonSchema):
        properties = request.output.schema.get("properties")
        if isinstance(properties, dict):
            filled = {
                name: _SAMPLE.get(p.get("type", "string") if isinstance(p, dict) else "string", [])
                for name, p in properties.items()
            }
            return msgspec.json.encode(filled).decode()
    return msgspec.json.encode({"echo": _last_user_text(request)}).decode()


def _wants_tool(request: Request) -> bool:
    answered = bool(request.turns) and request.turns[-1].role == "tool"
    return bool(request.tools) and request.tool_choice != "none" and not answered


def _tool_call(request: Request) -> list[Event]:
    choice = request.tool_choice
    name = choice.name if isinstance(choice, Named) else request.tools[0].name
    arguments = msgspec.json.encode({"text": _last_user_text(request)}).decode()
    return [
        ToolStart(0, f"call_echo{len(request.turns)}", name),
        ToolArgs(0, arguments),
        ToolEnd(0),
    ]


def _usage(request: Request, output: int) -> Usage:
    prompt = sum(
        len(p.text.split()) for turn in request.turns for p in turn.parts if isinstance(p, Text)
    )
    return Usage(input=prompt, output=output)
