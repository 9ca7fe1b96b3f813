"""Gemini's token counts and logprobs in the gateway's terms."""

from typing import Any

import msgspec

from providers.adapters.gemini.wire import Logprobs, Token, UsageMetadata
from providers.messages import Usage

_counts = msgspec.json.Decoder(UsageMetadata)


def usage(raw: msgspec.Raw) -> Usage:
    """Thoughts count as output, the prompts of Google's own tools as input.

    Raises msgspec.DecodeError.
    """
    counted = _counts.decode(raw)
    thoughts = counted.thoughts_token_count or 0
    return Usage(
        input=(counted.prompt_token_count or 0) + (counted.tool_use_prompt_token_count or 0),
        cached_read=counted.cached_content_token_count or 0,
        output=(counted.candidates_token_count or 0) + thoughts,
        reasoning=thoughts,
        native=msgspec.json.decode(raw),
    )


def logprobs(result: Logprobs) -> list[Any]:
    """OpenAI's `content` entries, one a token."""
    tops = result.top_candidates or []
    return [
        {
            **_entry(token),
            "top_logprobs": [
                _entry(top) for top in (tops[at].candidates or [] if at < len(tops) else [])
            ],
        }
        for at, token in enumerate(result.chosen_candidates or [])
    ]


def _entry(token: Token) -> dict[str, Any]:
    return {
        "token": token.token,
        "logprob": token.log_probability,
        "bytes": list(token.token.encode()),
    }
