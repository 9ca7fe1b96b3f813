"""What validators say of one answer, together."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from lakehouse.validation.errors import WHOLE, Invalid
from lakehouse.validation.registry import Validator
from lakehouse.validation.subject import Subject

SECS = 20.0  # for all validators of one answer
# Of its own, so that a slow validator holds up nothing but validators.
_threads = ThreadPoolExecutor(4, "validation")


class Report(msgspec.Struct, frozen=True):
    """`names` of the validators that looked; `errors` in their order."""

    names: tuple[str, ...] = ()
    errors: tuple[Invalid, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.errors

    @property
    def can_be_repaired(self) -> bool:
        """Is anything wrong that the model could do better?"""
        return any(not error.final for error in self.errors)

    def shown(self) -> list[dict[str, Any]]:
        return [error.shown() for error in self.errors]

    def __str__(self) -> str:
        return "; ".join(map(str, self.errors))


def report(validators: Sequence[Validator], subject: Subject) -> Report:
    """Blocks while a schema or pattern is applied; for commands and threads."""
    found = [error for each in validators for error in each.check(subject)]
    return Report(tuple(each.name for each in validators), tuple(found))


async def reported(validators: Sequence[Validator], subject: Subject) -> Report:
    """The same for the line: at once, but for those that take a thread."""
    if not any(each.apart for each in validators):
        return report(validators, subject)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECS):
            return await loop.run_in_executor(_threads, report, validators, subject)
    except TimeoutError:
        text = f"It was not checked: the validators took over {SECS:g} s."
        late = Invalid("policy", WHOLE, text, validators[0].name, final=True)
        return Report(tuple(each.name for each in validators), (late,))
