"""Commands as a shell runs them, in this process: what they print, and how they refuse."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def said(*words: str, out: StringIO | None = None) -> str:
    """What the command prints, its notes included."""
    out = StringIO() if out is None else out
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def found(*words: str) -> Any:
    """What the command prints as JSON."""
    return json.loads(said(*words, "--json"))


def refused(*words: str, returncode: int = 1) -> str:
    """The command's refusal. Fails the test when it does what it was told."""
    with pytest.raises(CommandError) as caught:
        said(*words)
    assert caught.value.returncode == returncode
    return str(caught.value)
