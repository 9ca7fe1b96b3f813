"""JSON bodies of the management API, refused with a 400 where they are nested without end."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 32


class BoundedJSONParser(JSONParser):
    """DRF's parser dies of a deeply nested body with a 500; so would the database's driver."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            document = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_TOO_DEEP) from None
        level = [document]
        for _ in range(DEEPEST):
            level = [inner for outer in level for inner in _inside(outer)]
            if not level:
                return document
        raise ParseError(_TOO_DEEP)


_TOO_DEEP = f"The JSON body is nested deeper than {DEEPEST} levels."


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
