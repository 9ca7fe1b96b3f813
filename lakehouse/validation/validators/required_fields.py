"""`required_fields`: these paths are there, and not empty.

A path is names with a dot between; a number is a place in a list, `*` each of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lakehouse.validation.errors import Invalid, json_path
from lakehouse.validation.subject import Subject

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_MOST = 1000  # places that one path may lead to


class RequiredFields:
    apart = False

    def __init__(self, fields: list[str]) -> None:
        self._paths = [path.split(".") for path in fields]

    def check(self, subject: Subject) -> list[Invalid]:
        value, problem = subject.json
        if problem:
            return [problem]
        found = []
        for path in self._paths:
            for number, fault in enumerate(_faults(value, path)):
                if number == _MOST:
                    break
                found.append(fault)
        return found


def make(settings: Mapping[str, Any]) -> RequiredFields:
    fields = settings["fields"]
    return RequiredFields([fields] if isinstance(fields, str) else fields)


def _faults(value: Any, path: list[str]) -> Iterator[Invalid]:
    """Depth first, in the order of the document; no recursion, however long the path."""
    waiting: list[tuple[Any, tuple[Any, ...], int]] = [(value, (), 0)]
    while waiting:
        here, steps, at = waiting.pop()
        if at == len(path):
            # `0 == False`, so that types are compared too.
            if any(type(here) is type(empty) and here == empty for empty in _EMPTY):
                yield Invalid("completeness", json_path(steps), "It is empty.")
            continue
        step = path[at]
        if step == "*" and isinstance(here, list):
            if not here:
                yield Invalid("completeness", json_path(steps), "It is empty.")
            waiting += [(v, (*steps, n), at + 1) for n, v in reversed(list(enumerate(here)))]
        elif isinstance(here, dict) and step in here:
            waiting.append((here[step], (*steps, step), at + 1))
        elif isinstance(here, list) and step.isascii() and step.isdigit():
            place = int(step[:9])
            if place < len(here):
                waiting.append((here[place], (*steps, place), at + 1))
            else:
                yield Invalid("completeness", json_path((*steps, place)), "It is missing.")
        else:
            yield Invalid("completeness", json_path((*steps, step)), "It is missing.")
