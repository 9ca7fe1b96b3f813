"""Anthropic's Messages API on loopback: its rules, stream and errors (`wire/anthropic.md`)."""

import json
import re
from typing import Any

from tests.upstreams.base import Answer, Asked, UpstreamServer

MODEL = "claude-opus-4-8"
OLDER = "claude-sonnet-4-5-20250929"
FIELDS = frozenset(
    {
        *("model", "messages", "max_tokens", "system", "stream", "metadata", "service_tier"),
        *("temperature", "top_p", "top_k", "stop_sequences"),
        *("tools", "tool_choice", "thinking", "output_config"),
    }
)


def event(kind: str, **fields: Any) -> bytes:
    """One event as the vendor frames it: named, with the name again as `type`."""
    document = {"type": kind, **fields}
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), json.dumps(document).encode())


def start(usage: dict[str, Any] | None = None, **fields: Any) -> bytes:
    message = {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [],
        "stop_reason": None,
        "usage": usage or {"input_tokens": 10, "output_tokens": 1},
        **fields,
    }
    return event("message_start", message=message)


def block(index: int, content: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    """A whole block: its start, its deltas, its stop."""
    opened = event("content_block_start", index=index, content_block=content)
    inner = b"".join(event("content_block_delta", index=index, delta=each) for each in deltas)
    return opened + inner + event("content_block_stop", index=index)


def text(index: int, *pieces: str) -> bytes:
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    return block(index, {"type": "text", "text": ""}, *deltas)


def thinking(index: int, signature: str, *pieces: str) -> bytes:
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
    signed = {"type": "signature_delta", "signature": signature}
    empty = {"type": "thinking", "thinking": "", "signature": ""}
    return block(index, empty, *deltas, signed)


def redacted(index: int, data: str) -> bytes:
    return block(index, {"type": "redacted_thinking", "data": data})


def tool(index: int, call_id: str, name: str, *fragments: str) -> bytes:
    deltas = [{"type": "input_json_delta", "partial_json": each} for each in fragments]
    return block(index, {"type": "tool_use", "id": call_id, "name": name, "input": {}}, *deltas)


def delta(reason: str | None, usage: dict[str, Any] | None = None, **more: Any) -> bytes:
    inner = {"stop_reason": reason, "stop_sequence": None, **more}
    return event("message_delta", delta=inner, usage=usage or {"output_tokens": 5})


STOP = event("message_stop")
PING = event("ping")


def answer(*blocks: bytes, reason: str = "end_turn", usage: dict[str, Any] | None = None) -> bytes:
    """A whole good answer round some blocks."""
    return start() + PING + b"".join(blocks) + delta(reason, usage) + STOP


def error_document(kind: str, message: str, code: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"type": kind, "message": message}
    if code is not None:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error, "request_id": "req_01"}


def error_event(kind: str, message: str) -> bytes:
    return event("error", error={"type": kind, "message": message})


def error(status: int, kind: str, message: str, code: str | None = None, **headers: str) -> Answer:
    return Answer.of(error_document(kind, message, code), status=status, headers=headers)


def model(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "type": "model", "display_name": name, **more}


class ClaudeUpstream(UpstreamServer):
    """Takes only what the vendor takes, then says the last user text back in two pieces."""

    key = "sk-ant-test"
    models = (model(MODEL), model(OLDER))
    page = 20

    def stream(self, *chunks: bytes, **more: Any) -> "ClaudeUpstream":
        """Queues one streamed answer."""
        self.next(Answer.stream(chunks, **more))
        return self

    def respond(self, asked: Asked) -> Answer:
        if "anthropic-version" not in asked.headers:
            return error(400, "invalid_request_error", "anthropic-version: header is required")
        if asked.headers.get("x-api-key") != self.key:
            return error(401, "authentication_error", "invalid x-api-key")
        path, _, query = asked.path.partition("?")
        if (asked.method, path) == ("GET", "/v1/models"):
            return self._list(query)
        if (asked.method, path) != ("POST", "/v1/messages"):
            return error(404, "not_found_error", "Not Found")
        if reason := broken_rule(asked.json):
            return error(400, "invalid_request_error", reason)
        said = last_text(asked.json["messages"])
        return Answer.stream([answer(text(0, said[:3], said[3:]))])

    def _list(self, query: str) -> Answer:
        asked = dict(pair.split("=") for pair in query.split("&"))
        size = min(int(asked["limit"]), self.page)
        names = [each["id"] for each in self.models]
        at = names.index(asked["after_id"]) + 1 if "after_id" in asked else 0
        page = self.models[at : at + size]
        last = page[-1]["id"]
        return Answer.of({"data": page, "has_more": last != names[-1], "last_id": last})


def last_text(messages: list[dict[str, Any]]) -> str:
    texts = [b["text"] for m in messages for b in m["content"] if b["type"] == "text"]
    return texts[-1] if texts else "nothing"


def broken_rule(body: dict[str, Any]) -> str | None:
    """The vendor's refusal of a request that breaks its rules, None when it breaks none."""
    if extra := body.keys() - FIELDS:
        return f"{extra.pop()}: Extra inputs are not permitted"
    if not body.get("stream"):
        return "stream: this test upstream only streams"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return "max_tokens: Field required"
    budget = body.get("thinking", {}).get("budget_tokens")
    if budget is not None and not 1024 <= budget < body["max_tokens"]:
        return "max_tokens: must be greater than thinking.budget_tokens"
    if any(not entry.strip() for entry in body.get("stop_sequences", [])):
        return "stop_sequences: each stop sequence must contain non-whitespace"
    if not 0 <= body.get("temperature", 1) <= 1:
        return "temperature: range: 0..1"
    return broken_turn(body["messages"])


def broken_turn(messages: list[dict[str, Any]]) -> str | None:
    if messages[0]["role"] != "user":
        return "messages: first message must use the user role"
    calls: list[str] = []
    for at, message in enumerate(messages):
        content = message["content"]
        if not content or any(b["type"] == "text" and not b["text"].strip() for b in content):
            return f"messages.{at}: text content blocks must be non-empty"
        if {b.get("tool_use_id") for b in content[: len(calls)]} != set(calls):
            return f"messages.{at - 1}: `tool_use` ids were found without `tool_result` blocks"
        calls = [b["id"] for b in content if b["type"] == "tool_use"]
        if not all(re.fullmatch(r"[a-zA-Z0-9_-]+", call) for call in calls):
            return f"messages.{at}.content.0.tool_use.id: String should match pattern"
    return None
