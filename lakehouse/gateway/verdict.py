"""How an answer is bad, where it is: what may lead a ladder on from an answer that came."""

from typing import Any

import msgspec

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.validation.errors import WHOLE, Invalid
from lakehouse.validation.registry import Validator, built
from lakehouse.validation.report import Report, reported
from lakehouse.validation.subject import Subject
from profiles.execution.validators import Named
from profiles.ladder.policy import Ending
from providers.messages import JsonSchema, Output

WORDS: dict[Ending, str] = {
    "empty": "The answer had no content.",
    "length": "The output limit was reached before any content.",
    "invalid": "The answer failed validation.",
    "refused": "The model refused to answer.",
}
# Who says so of answers without text, which no validator looks at.
_OURS = "answer"
_REFUSAL = "language_of_refusal"


class Verdict(msgspec.Struct, frozen=True):
    """`ending` None: nothing that leads on."""

    ending: Ending | None = None
    report: Report = Report()


def of_nothing(finish_reason: str) -> Ending:
    """Of an answer without any content."""
    if finish_reason == "content_filter":
        return "refused"
    return "length" if finish_reason == "length" else "empty"


async def of_whole(
    answer: Answer, held: tuple[Validator, ...], citations: frozenset[str] | None = None
) -> Verdict:
    """Of a complete answer, by its first choice. One that calls tools is not looked at: what
    it says beside them is not the answer yet."""
    first = answer.choices.get(0)
    text = "".join(first.text) if first else ""
    if first is not None and first.calls:
        return Verdict()
    names = tuple(each.name for each in held)
    if first is not None and (first.refusal or answer.finish_reason == "content_filter"):
        refused = Invalid("policy", WHOLE, WORDS["refused"], _OURS, final=True)
        return Verdict("refused", Report(names, (refused,) if held else ()))
    if not text:
        ending = of_nothing(answer.finish_reason)
        absent = Invalid("completeness", WHOLE, WORDS[ending], _OURS)
        return Verdict(ending, Report(names, (absent,) if held else ()))
    if not held:
        return Verdict()
    subject = Subject(text, citations=citations, finish_reason=answer.finish_reason)
    report = await reported(held, subject)
    if any(error.validator == _REFUSAL for error in report.errors):
        return Verdict("refused", report)
    return Verdict("invalid" if report.can_be_repaired else None, report)


def held_to(named: tuple[Named, ...], output: Output) -> tuple[Validator, ...]:
    """The validators named, and what the request's own `response_format` asks for."""
    if isinstance(output, JsonSchema):
        named = (*named, Named("json_schema", _settings(schema=output.schema)))
    elif output != "text" and all(n.name not in ("json", "json_schema") for n in named):
        named = (*named, Named("json"))
    return built(named) if named else ()


def _settings(**settings: Any) -> bytes:
    return msgspec.json.encode(settings)
