"""Token counts as OpenAI-shaped servers report them, in our own terms (`wire/openai.md`)."""

from typing import Any

from providers.messages import Usage


def read(native: dict[str, Any]) -> Usage:
    """`prompt_tokens` includes cached ones and `completion_tokens` reasoning, as ours do.

    Some servers leave reasoning out of the completion and add it to the total only; there
    it is added. Others count more reasoning than completion (`wire/openrouter.md`); there
    the completion, which is what is billed, stands. A cached count at the top level is Kimi's.
    """
    prompt = _count(native, "prompt_tokens")
    output = _count(native, "completion_tokens")
    of_prompt = _object(native, "prompt_tokens_details")
    reasoning = _count(_object(native, "completion_tokens_details"), "reasoning_tokens")
    if reasoning and _count(native, "total_tokens") == prompt + output + reasoning:
        output += reasoning
    return Usage(
        input=prompt,
        cached_read=_count(of_prompt, "cached_tokens") or _count(native, "cached_tokens"),
        cache_write=_count(of_prompt, "cache_write_tokens"),
        output=output,
        reasoning=min(reasoning, output),
        native=native,
    )


def _count(counts: dict[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _object(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
