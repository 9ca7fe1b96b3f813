"""JSON bodies of the management API, refused at the edge where nothing behind could take them."""

from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

from providers.validators import is_plain

DEEPEST = 32
_TOO_DEEP = f"The JSON body is nested deeper than {DEEPEST} levels."
_UNSTORABLE = "holds a NUL or half of a surrogate pair, which cannot be stored. Leave it out."


class BoundedJSONParser(JSONParser):
    """DRF's parser dies of a deeply nested body with a 500; so would the database of a NUL.

    Raises ParseError, or ValidationError under the name of the field at fault.
    """

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
        level: list[tuple[str, Any]] = [("", document)]
        for _ in range(DEEPEST):
            for place, value in level:
                if isinstance(value, str) and not is_plain(value):
                    _refuse(place)
            level = [inner for place, value in level for inner in _inside(place, value)]
            if not level:
                return document
        raise ParseError(_TOO_DEEP)


def _inside(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not is_plain(key):
                _refuse(place, "A name in it")
            yield f"{place}.{key}" if place else key, inner
    elif isinstance(value, list):
        yield from ((f"{place}[{number}]", inner) for number, inner in enumerate(value))


def _refuse(place: str, who: str = "") -> None:
    field = place.partition(".")[0].partition("[")[0] or "non_field_errors"
    raise ValidationError({field: [f"{who or place or 'It'} {_UNSTORABLE}"]})
