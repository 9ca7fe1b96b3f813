"""A loopback Gemini API, and its payloads, written from `wire/gemini.md`."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.upstreams.base import Answer, Asked, UpstreamServer

BASE = "/v1beta"
USAGE = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}


def text(said: str, signature: str | None = None, thought: bool = False) -> dict[str, Any]:
    part: dict[str, Any] = {"text": said}
    if thought:
        part["thought"] = True
    return part | ({"thoughtSignature": signature} if signature else {})


def call(
    name: str, args: Any = None, signature: str | None = None, call_id: str | None = None
) -> dict[str, Any]:
    inner = {"name": name}
    if args is not None:
        inner["args"] = args
    if call_id:
        inner["id"] = call_id
    return {"functionCall": inner} | ({"thoughtSignature": signature} if signature else {})


def candidate(*parts: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One candidate; without parts it has an empty content, as recorded for MAX_TOKENS."""
    found: dict[str, Any] = {"content": {"role": "model", **({"parts": parts} if parts else {})}}
    return found | ({"finishReason": finish} if finish else {}) | more


def answer(*candidates: Any, usage: Any = USAGE, **more: Any) -> dict[str, Any]:
    """A GenerateContentResponse."""
    head = {"candidates": candidates} if candidates else {}
    return {
        **head,
        "usageMetadata": usage,
        "modelVersion": "gemini-3-flash",
        "responseId": "r-1",
        **more,
    }


def plain(said: str = "Hello there", finish: str = "STOP") -> dict[str, Any]:
    return answer(candidate(text(said), finish=finish))


def error(code: int, status: str, message: str = "no", *details: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"code": code, "message": message, "status": status}
    return {"error": body | ({"details": details} if details else {})}


def reason(name: str) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return {"@type": kind, "reason": name, "domain": "googleapis.com"}


def retry(delay: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def quota(*ids: str) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.QuotaFailure"
    return {"@type": kind, "violations": [{"quotaId": one, "quotaValue": "20"} for one in ids]}


def fields(*names: str) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.BadRequest"
    return {"@type": kind, "fieldViolations": [{"field": n, "description": "no"} for n in names]}


def chunks(*documents: Any) -> list[bytes]:
    """A stream: CRLF line ends, no event names, no terminator."""
    return [b"data: " + json.dumps(one).encode() + b"\r\n\r\n" for one in documents]


def streamed(said: str = "Hello there") -> list[bytes]:
    """Text in two chunks, then the usual empty last one."""
    half = len(said) // 2
    return chunks(
        answer(candidate(text(said[:half])), usage={"promptTokenCount": 7}),
        answer(candidate(text(said[half:]))),
        answer(candidate(text(""), finish="STOP")),
    )


MODELS: list[dict[str, Any]] = [
    {
        "name": "models/gemini-3-flash",
        "displayName": "Gemini 3 Flash",
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": True,
    },
    {
        "name": "models/gemini-embedding-001",
        "inputTokenLimit": 2048,
        "supportedGenerationMethods": ["embedContent", "batchEmbedContents"],
    },
    {"name": "models/aqa", "supportedGenerationMethods": ["generateAnswer"], "thinking": True},
]


class GeminiServer(UpstreamServer):
    """Answers `Hello there`, lists MODELS one a page, embeds each text as [3, 4]."""

    key = ""

    def respond(self, asked: Asked) -> Answer:
        if self.key and asked.headers.get("x-goog-api-key") != self.key:
            refused = error(
                400, "INVALID_ARGUMENT", "API key not valid.", reason("API_KEY_INVALID")
            )
            return Answer.of(refused, status=400)
        url = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        resource, _, verb = url.path.removeprefix(BASE).partition(":")
        if verb == "streamGenerateContent" and query == {"alt": "sse"}:
            return Answer.stream(streamed())
        if verb == "generateContent":
            return Answer.of(plain())
        if verb == "batchEmbedContents":
            count = len(asked.json["requests"])
            return Answer.of({"embeddings": [{"values": [3.0, 4.0]}] * count})
        if resource == "/models" and asked.method == "GET":
            return Answer.of(self._page(int(query.get("pageToken", "0"))))
        return Answer.of(error(404, "NOT_FOUND", f"{resource} is not found"), status=404)

    @staticmethod
    def _page(number: int) -> dict[str, Any]:
        more = {"nextPageToken": str(number + 1)} if number + 1 < len(MODELS) else {}
        return {"models": [MODELS[number]], **more}
