"""ETag and If-Match: nobody writes over what they have not read."""

import re

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from profiles.api.problems import PreconditionFailed

_TAG = r'(?:W/)?"[^"\x00-\x20]*"'
_TAGS = re.compile(rf"\s*{_TAG}(?:\s*,\s*{_TAG})*\s*")


def tags(request: Request) -> list[str] | None:
    """The tags of If-Match, quotes included; None where any will do. Raises ValidationError."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    if not _TAGS.fullmatch(header):
        text = 'Write If-Match as an ETag was answered, in quotes: "3". Or *, or leave it out.'
        raise ValidationError({"If-Match": [text]})
    return re.findall(_TAG, header)


def require(request: Request, name: str, etag: str) -> None:
    """Raises PreconditionFailed when another state was asked for."""
    asked = tags(request)
    # Weakly, since a proxy that packs an answer marks its tag as weak; the state is the same.
    if asked is not None and etag not in (tag.removeprefix("W/") for tag in asked):
        raise PreconditionFailed(
            f"{name} is at {etag} by now, not at {', '.join(asked)[:100]}: somebody saved it since "
            "you read it. Nothing was written. Read it again, and change that."
        )
