"""How an answer is bad, where it is: what may lead a ladder on from an answer that came."""

from lakehouse.gateway.dialect.answer import Answer
from profiles.execution import validators
from profiles.ladder.policy import Ending
from providers.messages import Output

WORDS: dict[Ending, str] = {
    "empty": "The answer had no content.",
    "length": "The output limit was reached before any content.",
    "invalid": "The answer failed validation.",
    "refused": "The model refused to answer.",
}


def of_nothing(finish_reason: str) -> Ending:
    """Of an answer without any content."""
    if finish_reason == "content_filter":
        return "refused"
    return "length" if finish_reason == "length" else "empty"


def of_whole(answer: Answer, names: tuple[str, ...]) -> tuple[Ending | None, list[str]]:
    """Of a complete answer, by its first choice; and what it fails of the validators `names`."""
    first = answer.choices.get(0)
    text = "".join(first.text) if first else ""
    if first is not None and (first.refusal or answer.finish_reason == "content_filter"):
        return "refused", []
    if not text and (first is None or not first.calls):
        return of_nothing(answer.finish_reason), []
    failed = validators.failures(names, text) if text else []
    return ("invalid" if failed else None), failed


def held_to(names: tuple[str, ...], output: Output) -> tuple[str, ...]:
    """A profile's validators, and "json" where the request itself asks for JSON."""
    return names if output == "text" or "json" in names else (*names, "json")
