"""A loopback server that speaks OpenAI's dialect, and its payloads, from `wire/openai.md`."""

from typing import Any
from urllib.parse import urlsplit

from tests.upstreams.base import Answer, Asked, UpstreamServer, sse

MODEL = "gpt-test"
USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "total_tokens": 17,
    "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 0},
}


def head(**more: Any) -> dict[str, Any]:
    """What every chunk and document has besides its choices."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1763000000,
        "model": MODEL,
        "system_fingerprint": "fp_1",
        **more,
    }


def chunk(finish: str | None = None, index: int = 0, **delta: Any) -> dict[str, Any]:
    """One chunk of one choice; keywords are its delta."""
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return head(choices=[choice], usage=None)


def usage_chunk(usage: Any = USAGE) -> dict[str, Any]:
    return head(choices=[], usage=usage)


def call(
    index: int | None = 0, call_id: str | None = None, name: str | None = None, arguments: Any = ""
) -> dict[str, Any]:
    """One entry of `tool_calls`; None leaves a field out."""
    function = {"arguments": arguments} | ({} if name is None else {"name": name})
    entry: dict[str, Any] = {"type": "function", "function": function}
    if index is not None:
        entry["index"] = index
    if call_id is not None:
        entry["id"] = call_id
    return entry


def text_chunks(*pieces: str, finish: str = "stop") -> list[dict[str, Any]]:
    """Role, text, finish and usage, as OpenAI streams them."""
    first = chunk(role="assistant", content="", refusal=None)
    middle = [chunk(content=piece) for piece in pieces]
    return [first, *middle, chunk(finish), usage_chunk()]


def document(content: Any = "Hello there", finish: str | None = "stop", **message: Any) -> Any:
    """A whole answer; keywords are further fields of its message."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, "refusal": None, **message},
        "logprobs": None,
        "finish_reason": finish,
    }
    return head(object="chat.completion", choices=[choice], usage=USAGE)


def error(message: str = "no", kind: str | None = None, code: Any = None, **more: Any) -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": code, **more}}


MODELS = {
    "object": "list",
    "data": [{"id": MODEL, "object": "model", "created": 1763000000, "owned_by": "us"}],
}


def embeddings(inputs: list[Any]) -> dict[str, Any]:
    """Vectors [0, 1], [1, 1], …, last one first: clients go by `index`."""
    data = [
        {"object": "embedding", "index": number, "embedding": [float(number), 1.0]}
        for number in reversed(range(len(inputs)))
    ]
    return {
        "object": "list",
        "data": data,
        "model": "embed-test",
        "usage": {"prompt_tokens": 6, "total_tokens": 6},
    }


class OpenAIServer(UpstreamServer):
    """Answers `Hello there` under any prefix; asks for a bearer token when `key` is set."""

    key = ""

    def respond(self, asked: Asked) -> Answer:
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return self.refuse_key()
        path = urlsplit(asked.path).path
        if asked.method == "POST" and path.endswith("/chat/completions"):
            return self.chat(asked)
        if asked.method == "POST" and path.endswith("/embeddings"):
            return Answer.of(embeddings(asked.json["input"]))
        if asked.method == "GET" and path.endswith("/models"):
            return Answer.of(self.models())
        return Answer.of(error(f"Invalid URL ({asked.method} {path})"), status=404)

    def refuse_key(self) -> Answer:
        refusal = error("Incorrect API key provided", "invalid_request_error", "invalid_api_key")
        return Answer.of(refusal, status=401)

    def chat(self, asked: Asked) -> Answer:
        if asked.json.get("stream"):
            return Answer.stream(sse(*text_chunks("Hello", " there")))
        return Answer.of(document())

    def models(self) -> Any:
        return MODELS
