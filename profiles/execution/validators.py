"""What an answer can be held to: the names a profile may list, and how each decides."""

import msgspec

VALIDATORS = {"json": "The answer is one JSON document"}


def failures(names: tuple[str, ...], answer: str) -> list[str]:
    """What the answer's text fails, one sentence each."""
    found = []
    if "json" in names and (why := _not_json(answer)):
        found.append(f"json: {why}")
    return found


def _not_json(answer: str) -> str:
    try:
        msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        return f"the answer is not one JSON document ({error})."
    return ""
