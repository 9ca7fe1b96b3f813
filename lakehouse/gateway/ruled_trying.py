"""Trying truth rules on a request and an answer that nobody sends: for people and for tests."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lakehouse.gateway.dialect.request import decode_chat
from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.gateway.ruling import characters, shown
from lakehouse.truth.deciding import Outcome, decide
from lakehouse.truth.rule import Rule, Ruleset
from lakehouse.truth.shapes import Answer, Call
from providers.suggest import shown as safe
from providers.suggest import suggestion

FACTS = Call.__struct_fields__


class Impossible(Exception):
    """What was given is no call; `field` is "request", "answer" or "call"."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def tried(
    rules: Ruleset,
    request: Any,
    answer: Any = None,
    call: Mapping[str, Any] | None = None,
    task_class: str = "",
) -> dict[str, Any]:
    """Which rules fire at which stage, what ends the call, and what comes out.

    `answer` is a text or a `chat.completion`; without one, answer rules are not asked. Facts of
    the call that are not given are those of a key with clearance internal. Raises Impossible, and
    ApiError(400) for a request that no call could be.
    """
    raw = msgspec.json.encode(request)
    body = decode_chat(raw)
    request = msgspec.json.decode(raw)
    chosen = task_class or (call or {}).get("task_class") or body.task_class or ""
    facts = _facts(request, call or {}, chosen)
    subject: dict[str, Any] = {"request": request, "call": facts}
    applicable = rules.of(chosen)
    before = decide(applicable.request, subject, FIELDS.words)
    told = {
        "task_class": chosen,
        "fired": [_told(rule) for rule in before.fired],
        "ended": _ended(before),
        "request": request,
        "answer": None,
    }
    if answer is None or before.ended is not None:
        return told
    subject["answer"] = _answer(answer)
    after = decide(applicable.answer, subject, FIELDS.words)
    told["fired"] += [_told(rule) for rule in after.fired]
    return told | {"ended": _ended(after), "answer": subject["answer"]}


def _facts(request: dict[str, Any], given: Mapping[str, Any], task_class: str) -> dict[str, Any]:
    for name in given:
        if name not in FACTS:
            near = suggestion(safe(name), FACTS)
            raise Impossible("call", f'There is no "{safe(name)}" of a call. {near}')
    known = {
        "key": "",
        "owner": "",
        "clearance": "internal",
        "sensitivity": request.get("sensitivity"),
        "profile": request.get("profile"),
        "ladder": request.get("ladder"),
        "provider": request.get("provider"),
        "model": request.get("model"),
        "stream": bool(request.get("stream")),
        "session": request.get("session_id"),
        "messages": len(request["messages"]),
        "prompt_characters": characters(request["messages"]),
        **given,
        "task_class": task_class or None,
    }
    try:
        return msgspec.structs.asdict(msgspec.convert(known, Call))
    except msgspec.ValidationError as error:
        raise Impossible("call", f"{error}.") from None


def _answer(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        message = {"role": "assistant", "content": given}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        return {"model": "", "choices": [choice], "usage": usage}
    try:
        msgspec.convert(given, Answer)
    except msgspec.ValidationError as error:
        raise Impossible("answer", f"It is a text or a chat.completion: {error}.") from None
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(given))
    return document


def _told(rule: Rule) -> dict[str, Any]:
    return shown(rule) | {"file": rule.file, "line": rule.line, "description": rule.description}


def _ended(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.ended is None:
        return None
    return {
        "rule": outcome.ended.id,
        "message": outcome.message,
        "undecided": bool(outcome.undecided),
    }
