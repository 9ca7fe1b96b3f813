"""A loopback Ollama, daemon or cloud, and its payloads, written from `wire/ollama.md`."""

import base64
import binascii
from typing import Any

from tests.upstreams.base import Answer, Asked, UpstreamServer, ndjson

MODEL = "qwen3:8b"
MODELS = (MODEL, "gemma3:4b", "gpt-oss:120b", "nomic-embed-text:latest")
THINKERS = (MODEL, "gpt-oss:120b")
CREATED = "2026-08-01T10:00:00.123456789Z"
NDJSON = "application/x-ndjson"
USAGE = {
    "total_duration": 4883583458,
    "load_duration": 1334875,
    "prompt_eval_count": 26,
    "prompt_eval_duration": 342546000,
    "eval_count": 282,
    "eval_duration": 4535599000,
}


def line(content: str = "", *, thinking: str = "", calls: Any = None, **more: Any) -> dict:
    """One line of a stream that is not its last."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if thinking:
        message["thinking"] = thinking
    if calls is not None:
        message["tool_calls"] = calls
    head = {"model": MODEL, "created_at": CREATED, "message": message}
    return head | {"done": False} | more


def last(reason: str | None = "stop", **more: Any) -> dict:
    """The line that ends a stream."""
    named = {} if reason is None else {"done_reason": reason}
    return line() | {"done": True} | named | USAGE | more


def document(content: str = "", reason: str | None = "stop", **more: Any) -> dict:
    """A whole answer; `more` as for `line`."""
    named = {} if reason is None else {"done_reason": reason}
    return line(content, **more) | {"done": True} | named | USAGE


def call(name: str, arguments: Any, call_id: str | None = None, index: int = 0) -> dict:
    """A tool call; older servers and some parsers send no id."""
    function = {"index": index, "name": name, "arguments": arguments}
    return {"function": function} | ({"id": call_id} if call_id is not None else {})


def error(text: str) -> dict:
    return {"error": text}


def streamed(*lines: Any, **more: Any) -> Answer:
    """A stream of lines, `more` as for `Answer`."""
    return Answer(chunks=ndjson(*lines), content_type=NDJSON, **more)


def failed(status: int, text: str, **more: Any) -> Answer:
    return Answer.of(error(text), status=status, **more)


class OllamaServer(UpstreamServer):
    """Says "Hello there" in two pieces, thinks first where it can, calls the first tool offered.

    With `key` set it wants that bearer key, as the cloud does.
    """

    key = ""

    def respond(self, asked: Asked) -> Answer:
        public = asked.path == "/api/tags"
        if self.key and not public and asked.headers.get("authorization") != f"Bearer {self.key}":
            return failed(401, "unauthorized")
        match asked.method, asked.path:
            case "POST", "/api/chat":
                return self._chat(asked.json)
            case "POST", "/api/embed":
                return self._embed(asked.json)
            case "GET", "/api/tags":
                return Answer.of({"models": [_listed(name) for name in MODELS]})
            case "GET", "/api/usage":
                return Answer.of({"session": {"used": 0.1}, "week": {"used": 0.02}})
            case _:
                return Answer.of(b"404 page not found", status=404, content_type="text/plain")

    def _chat(self, body: dict) -> Answer:
        model = body["model"]
        if model not in MODELS:
            return failed(404, f"model '{model}' not found")
        if complaint := _complaint(body):
            return failed(400, complaint)
        if not body["messages"]:
            return Answer.of(document("", "unload" if body.get("keep_alive") == 0 else "load"))
        if body.get("think") and model not in THINKERS:
            return failed(400, f'"{model}" does not support thinking')
        thinks = model in THINKERS and body.get("think") is not False
        if not body.get("stream", True):
            return Answer.of(_whole(body, thinks))
        return streamed(*_pieces(body, thinks))

    def _embed(self, body: dict) -> Answer:
        inputs = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = [[0.6, 0.8][: body.get("dimensions", 2)] for _ in inputs]
        document = {"model": body["model"], "embeddings": vectors, "prompt_eval_count": 8}
        return Answer.of(document | {"total_duration": 14143917, "load_duration": 1019500})


def _complaint(body: dict) -> str | None:
    """What a real server answers 400 to, as far as our adapter could get it wrong."""
    for message in body["messages"]:
        if not isinstance(message.get("content", ""), str):
            return "json: cannot unmarshal array into Go struct field .messages.content"
        for called in message.get("tool_calls", ()):
            if not isinstance(called["function"]["arguments"], dict):
                return "json: cannot unmarshal string into Go struct field .arguments"
        for image in message.get("images", ()):
            try:
                base64.b64decode(image, validate=True)
            except binascii.Error:
                return "illegal base64 data at input byte 4"
    if not isinstance(body.get("format", "json"), dict) and body.get("format", "json") != "json":
        return "invalid format: expected json or a JSON schema"
    if body.get("think", True) not in (True, False, "low", "medium", "high", "max"):
        return "invalid think value"
    return None


def _pieces(body: dict, thinks: bool) -> list[dict]:
    thoughts = [line(thinking="Let me "), line(thinking="see.")] if thinks else []
    if called := _called(body):
        return [*thoughts, line(calls=called), last()]
    if body.get("format"):
        return [*thoughts, line('{"said": '), line('"Hello there"}'), last()]
    return [*thoughts, line("Hello"), line(" there"), last()]


def _whole(body: dict, thinks: bool) -> dict:
    thinking = "Let me see." if thinks else ""
    if called := _called(body):
        return document(thinking=thinking, calls=called)
    if body.get("format"):
        return document('{"said": "Hello there"}', thinking=thinking)
    return document("Hello there", thinking=thinking)


def _called(body: dict) -> list[dict]:
    """A call of the first tool, unless its result is there already."""
    if not body.get("tools") or body["messages"][-1]["role"] == "tool":
        return []
    return [call(body["tools"][0]["function"]["name"], {"city": "Paris"}, "call_9f3k2a1b")]


def _listed(name: str) -> dict:
    details = {"family": "qwen3", "parameter_size": "8.2B", "quantization_level": "Q4_K_M"}
    found: dict[str, Any] = {"name": name, "model": name, "size": 5225388164, "details": details}
    if name == MODEL:
        found["details"] = details | {"context_length": 40960}
        found["capabilities"] = ["completion", "tools", "thinking"]
    return found
