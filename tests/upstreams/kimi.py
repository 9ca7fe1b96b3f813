"""A loopback Kimi, and its payloads, from `wire/kimi.md`."""

from typing import Any

from tests.upstreams.base import Answer, Asked, sse
from tests.upstreams.openai import OpenAIServer

MODEL = "kimi-for-coding"
USAGE = {
    "prompt_tokens": 30,
    "completion_tokens": 11,
    "total_tokens": 41,
    "cached_tokens": 10,
    "completion_tokens_details": {"reasoning_tokens": 6},
}
GATE = (
    "Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, "
    "Claude Code, Roo Code."
)
AGENTS = ("KimiCLI/",)


def head(**more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-k1",
        "object": "chat.completion.chunk",
        "created": 1763000000,
        "model": MODEL,
        **more,
    }


def chunk(finish: str | None = None, usage: Any = None, **delta: Any) -> dict[str, Any]:
    """One chunk; `usage` sits inside the choice."""
    choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish}
    return head(choices=[choice | ({"usage": usage} if usage else {})])


def call(call_id: str, name: str, arguments: Any, index: int | None = 0) -> dict[str, Any]:
    entry = {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }
    return entry if index is None else {"index": index, **entry}


def text_chunks(*pieces: str, reasoning: str = "Let me see.") -> list[dict[str, Any]]:
    """Role, reasoning, text, finish with usage in the choice, usage again at the top."""
    return [
        chunk(role="assistant", content=""),
        chunk(reasoning_content=""),
        chunk(reasoning_content=reasoning),
        *(chunk(content=piece) for piece in pieces),
        chunk("stop", usage=USAGE | {"completion_tokens": 1}),
        head(choices=[], usage=USAGE),
    ]


def error(message: str, kind: str | None = None, code: str | None = None) -> dict[str, Any]:
    found = {"message": message, "type": kind, "code": code}
    return {"error": {name: value for name, value in found.items() if value is not None}}


MODELS = {
    "object": "list",
    "data": [
        {
            "id": MODEL,
            "display_name": "Kimi for Coding",
            "context_length": 1048576,
            "supports_reasoning": True,
            "supports_image_in": True,
            "supports_video_in": False,
            "supports_tool_use": True,
            "think_efforts": {"support": True, "valid_efforts": ["low", "high", "max"]},
        }
    ],
}


class KimiServer(OpenAIServer):
    """Streams always; with `gate` on, chat admits the listed agents only and /models anyone."""

    gate = False

    def chat(self, asked: Asked) -> Answer:
        if self.gate and not asked.headers.get("user-agent", "").startswith(AGENTS):
            return Answer.of(error(GATE, "access_terminated_error"), status=403)
        if not asked.json.get("stream"):
            return Answer.of(error("this server is asked for streams only"), status=400)
        return Answer.stream(sse(*text_chunks("Hello", " there")))

    def refuse_key(self) -> Answer:
        refusal = error("Invalid Authentication", "invalid_authentication_error")
        return Answer.of(refusal, status=401)

    def models(self) -> Any:
        return MODELS
