"""An answer as truth rules see it, and taking over what they made of its texts."""

from typing import Any

from lakehouse.gateway.dialect.answer import Answer, Choice
from lakehouse.gateway.ruled_states import tells
from lakehouse.truth.deciding import Outcome
from providers.events import ToolStart


def plain(answer: Answer, model: str) -> dict[str, Any]:
    """As `lakehouse.truth.shapes.Answer`; `model` where the upstream names none."""
    usage = answer.usage
    return {
        "model": answer.model or model,
        "choices": [_choice(index, choice) for index, choice in sorted(answer.choices.items())],
        "usage": {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
        },
    }


def take(answer: Answer, document: dict[str, Any]) -> None:
    """Puts the document's texts in place of the answer's own."""
    for entry in document["choices"]:
        choice, message = answer.choices[entry["index"]], entry["message"]
        if message["content"] != "".join(choice.text):
            choice.text = [message["content"]]
            choice.logprobs = []  # they spell out what was replaced
        choice.refusal = [message["refusal"]] if choice.refusal else []
        choice.reasoning = [message["reasoning_content"]] if choice.reasoning else []
        for slot, call in zip(sorted(choice.calls), message["tool_calls"], strict=True):
            choice.arguments[slot] = [call["function"]["arguments"]]


def redact(answer: Answer, outcome: Outcome, document: dict[str, Any]) -> None:
    """Makes of an answer what rules came to; `document` is what they left of its texts."""
    if outcome.redacted:
        take(answer, document)
    for rule in outcome.fired:
        for index, choice in answer.choices.items():
            choice.states = [state for state in choice.states if not tells(rule, state, index)]


def _choice(index: int, choice: Choice) -> dict[str, Any]:
    return {
        "index": index,
        "message": {
            "role": "assistant",
            "content": "".join(choice.text),
            "refusal": "".join(choice.refusal) or None,
            "reasoning_content": "".join(choice.reasoning) or None,
            "tool_calls": [_call(choice, slot) for slot in sorted(choice.calls)],
        },
        "finish_reason": choice.finish.reason if choice.finish else "stop",
    }


def _call(choice: Choice, slot: int) -> dict[str, Any]:
    start: ToolStart = choice.calls[slot]
    function = {"name": start.name, "arguments": "".join(choice.arguments.get(slot, ()))}
    return {"id": start.id, "type": "function", "function": function}
