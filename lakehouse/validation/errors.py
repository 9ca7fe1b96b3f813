"""What a validator found: one typed error, with its place.

No message repeats what the answer says (but for names of its properties): messages are kept
in the ledger, which does not hold content.
"""

from typing import Any, Literal

import msgspec

# The wrong form; something missing; at odds with what it rests on; not allowed.
Kind = Literal["schema", "completeness", "consistency", "policy"]
WHOLE = "$"
LONGEST_PATH = 200
LONGEST_MESSAGE = 500
MOST = 50  # errors of one validator that are told


class Invalid(msgspec.Struct, frozen=True):
    """`path` is a JSON path, "$" for the whole. `final`: asking again would not help."""

    kind: Kind
    path: str
    message: str
    validator: str = ""
    final: bool = False

    def shown(self) -> dict[str, Any]:
        return {
            "validator": self.validator,
            "kind": self.kind,
            "path": _plain(self.path, LONGEST_PATH),
            "message": _plain(self.message, LONGEST_MESSAGE),
        }

    def __str__(self) -> str:
        place = "" if self.path == WHOLE else f" at {_plain(self.path, LONGEST_PATH)}"
        return f"{self.validator}{place}: {_plain(self.message, LONGEST_MESSAGE)}"


def _plain(text: str, longest: int) -> str:
    """Short and in one line: names in it are an answer's, and go to headers and the database."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:longest])


def json_path(steps: "list[Any] | tuple[Any, ...]") -> str:
    """`$.items[0].price` of its steps; names with other characters in quotes."""
    path = WHOLE
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step.isidentifier():
            path += f".{step}"
        else:
            quoted = step.replace("\\", "\\\\").replace("'", "\\'")
            path += f"['{quoted}']"
    return path
