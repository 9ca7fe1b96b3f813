"""OpenAPI for the gateway's own paths, taken from the structs that decode them."""

from typing import Any

import msgspec

from lakehouse.gateway.dialect.body import ChatBody, EmbeddingBody, FeedbackBody
from lakehouse.gateway.dialect.validating import IterateBody, ValidateBody


def _inlined(shape: type) -> dict[str, Any]:
    """The struct's JSON Schema in one piece; OpenAPI has no place for its definitions."""
    (root,), definitions = msgspec.json.schema_components([shape], ref_template="{name}")

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolve(definitions[node["$ref"]])
            return {k: resolve(v) for k, v in node.items() if k != "discriminator"}
        return [resolve(item) for item in node] if isinstance(node, list) else node

    resolved: dict[str, Any] = resolve(root)
    return resolved


def _media(shape: type) -> dict[str, Any]:
    return {"application/json": _inlined(shape)}


CHAT = _media(ChatBody)
ITERATE = _media(IterateBody)
VALIDATE = _media(ValidateBody)
EMBEDDING = _media(EmbeddingBody)
FEEDBACK = _media(FeedbackBody)
OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
COMPLETION: dict[str, Any] = OBJECT | {
    "description": "A chat.completion object, or a text/event-stream of chat.completion.chunk"
}
LIST: dict[str, Any] = OBJECT | {"description": "A list object: {object: list, data: […]}"}
ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                name: {"type": "string", "nullable": name == "param"}
                for name in ("message", "type", "code", "param", "request_id", "kind")
            },
        }
    },
}
_ERRORS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "validator": {"type": "string"},
            "kind": {
                "type": "string",
                "enum": ["schema", "completeness", "consistency", "policy"],
            },
            "path": {"type": "string", "description": 'A JSON path, "$" for the whole'},
            "message": {"type": "string"},
        },
    },
}
_NAMES = {"type": "array", "items": {"type": "string"}, "description": "Who looked"}
VALIDATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "enum": ["lakehouse.validation"]},
        "valid": {"type": "boolean"},
        "validators": _NAMES,
        "errors": _ERRORS,
    },
}
_ATTEMPT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "provider": {"type": "string"},
        "model": {"type": "string"},
        "errors": _ERRORS,
        "input_tokens": {"type": "integer"},
        "output_tokens": {"type": "integer"},
    },
}
ITERATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "enum": ["lakehouse.iteration"]},
        "valid": {"type": "boolean"},
        "attempts": {"type": "array", "items": _ATTEMPT},
        "stopped": OBJECT | {"nullable": True, "description": "What ended the rounds early"},
        "answer": OBJECT | {"description": "The last answer, a chat.completion object"},
    },
}
_TYPED = {"validators": _NAMES, "errors": _ERRORS}
INVALID: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": ERROR["properties"]["error"]["properties"] | _TYPED,
        }
    },
}
NOT_CONVERGED: dict[str, Any] = {
    "type": "object",
    "properties": INVALID["properties"]
    | {name: ITERATION["properties"][name] for name in ("valid", "attempts", "stopped", "answer")},
}


def with_health(result: dict[str, Any], **_about: Any) -> dict[str, Any]:
    """A hook of the description's: the paths that are no DRF views."""
    alive = _asked("healthz", "Is this process alive?", "It is.")
    ready = _asked("readyz", "Can this process serve?", "It can: database, records waiting.")
    ready["responses"]["503"] = _answer("It cannot; the body says why.")
    counted = _asked("metrics", "What every worker counted", "Prometheus' text format.")
    counted["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    health = {"/healthz": {"get": alive}, "/readyz": {"get": ready}, "/metrics": {"get": counted}}
    return result | {"paths": result["paths"] | health}


def _asked(name: str, summary: str, told: str) -> dict[str, Any]:
    about = {"operationId": name, "summary": summary, "tags": ["health"], "security": [{}]}
    return about | {"responses": {"200": _answer(told)}}


def _answer(told: str) -> dict[str, Any]:
    return {"description": told, "content": {"application/json": {"schema": OBJECT}}}
