"""`json_schema`: JSON that fits a schema of draft 2020-12, formats included."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lakehouse.validation.errors import WHOLE, Invalid, json_path
from lakehouse.validation.subject import Subject
from profiles.execution.apart import running


class JsonSchema:
    """A schema may take for ever, so it is applied in a process of its own."""

    apart = True

    def __init__(self, schema: Any) -> None:
        self._schema = msgspec.json.encode(schema)

    def check(self, subject: Subject) -> list[Invalid]:
        _, problem = subject.json
        if problem:
            return [problem]
        done = running.run("json_schema", self._schema, subject.text)
        if done.problem:
            return [Invalid("schema", WHOLE, done.problem, final=True)]
        return [
            Invalid(
                "completeness" if keyword in ("required", "dependentRequired") else "schema",
                json_path(steps),
                message,
            )
            for keyword, steps, message in done.found
        ]


def make(settings: Mapping[str, Any]) -> JsonSchema:
    return JsonSchema(settings["schema"])
