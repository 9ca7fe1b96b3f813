"""`json`: the answer is one JSON document."""

from collections.abc import Mapping
from typing import Any

from lakehouse.validation.errors import Invalid
from lakehouse.validation.subject import Subject


class Json:
    apart = False

    def check(self, subject: Subject) -> list[Invalid]:
        _, problem = subject.json
        return [problem] if problem else []


def make(settings: Mapping[str, Any]) -> Json:
    return Json()
