"""What is validated: an answer's text, and what it rests on."""

from functools import cached_property
from typing import Any

import msgspec

from lakehouse.validation.errors import WHOLE, Invalid


class Subject:
    """`citations` are the ids of the passages that were given, None where nobody looked for any.

    `finish_reason` is OpenAI's, "" when not known; `refused`: the model said so by itself.
    """

    def __init__(
        self,
        text: str,
        *,
        citations: frozenset[str] | None = None,
        finish_reason: str = "",
        refused: bool = False,
    ) -> None:
        self.text = text
        self.citations = citations
        self.finish_reason = finish_reason
        self.refused = refused or finish_reason == "content_filter"

    @cached_property
    def json(self) -> tuple[Any, Invalid | None]:
        """The value, or None and why the text is none."""
        try:
            return msgspec.json.decode(self.text), None
        except RecursionError:
            why = "the answer is nested too deeply"
        except (msgspec.DecodeError, UnicodeEncodeError, ValueError) as error:
            why = f"the answer is not one JSON document ({error})"
        return None, Invalid("schema", WHOLE, f"{why[0].upper()}{why[1:]}.")
