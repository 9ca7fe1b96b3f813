"""A loopback OpenRouter, and its payloads, from `wire/openrouter.md`."""

from typing import Any
from urllib.parse import urlsplit

from tests.upstreams.base import Answer, Asked, sse
from tests.upstreams.openai import OpenAIServer

MODEL = "anthropic/claude-test"
PROCESSING = b": OPENROUTER PROCESSING\n\n"
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "total_tokens": 29,
    "cost": 0.00012,
    "is_byok": False,
    "cost_details": {"upstream_inference_cost": None},
    "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 4, "image_tokens": 0},
}


def head(**more: Any) -> dict[str, Any]:
    return {
        "id": "gen-1",
        "provider": "Anthropic",
        "model": MODEL,
        "object": "chat.completion.chunk",
        "created": 1763000000,
        **more,
    }


def chunk(
    finish: str | None = None, native: str | None = None, usage: Any = None, **delta: Any
) -> dict[str, Any]:
    """One chunk; every delta repeats the role. `usage` sits beside the choice."""
    choice = {
        "index": 0,
        "delta": {"role": "assistant", "content": "", **delta},
        "finish_reason": finish,
        "native_finish_reason": native,
    }
    return head(choices=[choice]) | ({"usage": usage} if usage else {})


def thought(index: int = 0, **more: Any) -> dict[str, Any]:
    """One entry of `reasoning_details`, of type reasoning.text unless told."""
    return {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": index, **more}


def text_chunks(*pieces: str) -> list[dict[str, Any]]:
    """Text, a finish chunk that comes twice, and usage on the last (all recorded)."""
    return [
        *(chunk(content=piece) for piece in pieces),
        chunk("stop", "end_turn"),
        chunk("stop", "end_turn", usage=USAGE),
    ]


def document(content: Any = "Hello there", finish: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {
        "index": 0,
        "finish_reason": finish,
        "native_finish_reason": "end_turn",
        "message": {"role": "assistant", "content": content, "refusal": None, **message},
    }
    return head(object="chat.completion", choices=[choice], usage=USAGE)


def error(code: Any, message: str = "no", kind: str | None = None, **more: Any) -> dict[str, Any]:
    """An error body; keywords `availability` and whatever belongs into `metadata`."""
    availability = more.pop("availability", None)
    metadata = {**({"error_type": kind} if kind else {}), **more}
    found: dict[str, Any] = {"code": code, "message": message}
    if metadata:
        found["metadata"] = metadata
    if availability:
        found["availability"] = availability
    return {"error": found, "user_id": "user_1"}


MODELS = {
    "data": [
        {
            "id": MODEL,
            "name": "Claude Test",
            "context_length": 200000,
            "architecture": {"input_modalities": ["text", "image", "file"]},
            "pricing": {"prompt": "0.000003", "completion": "0.000015"},
            "top_provider": {"context_length": 200000, "max_completion_tokens": 64000},
            "supported_parameters": ["max_tokens", "reasoning", "tools"],
        }
    ]
}
KEY = {"data": {"label": "sk-or-v1-…", "limit": 10, "limit_remaining": 7.5, "usage": 2.5}}


class OpenRouterServer(OpenAIServer):
    """Lists models to anyone; `/key` and chat ask for the key when there is one."""

    def respond(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path.endswith("/models"):
            return Answer.of(MODELS)
        if path.endswith("/key") and asked.headers.get("authorization") == f"Bearer {self.key}":
            return Answer.of(KEY)
        return super().respond(asked)

    def refuse_key(self) -> Answer:
        return Answer.of(error(401, "No auth credentials found", "authentication"), status=401)

    def chat(self, asked: Asked) -> Answer:
        if asked.json.get("stream"):
            return Answer.stream([PROCESSING, *sse(*text_chunks("Hello", " there"))])
        return Answer.of(document())
