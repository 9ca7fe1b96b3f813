"""What a POST of documents brings: JSON, a file as the body itself, or a form with files."""

import codecs
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

from django.http.request import parse_header_parameters  # type: ignore[attr-defined]
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from profiles.api.document_shapes import AboutSerializer, NewDocumentSerializer
from profiles.library.uploaded import type_of
from profiles.retrieval.document import Document
from providers.api.parsing import BoundedJSONParser
from providers.suggest import shown, suggestion

WAIT = "wait"
ABOUT = tuple(AboutSerializer().fields)
FILE = "file"
JSON, FORM = "application/json", "multipart/form-data"
BODIES = ("text/plain", "text/markdown", "text/html", "application/pdf")


class Arrival(NamedTuple):
    """One document as it was sent.

    An error about its content is told under `place`, after what it is `called` among many.
    """

    raw: bytes
    about: dict[str, Any]
    media_type: str | None
    place: str
    called: str = ""


class _Whole(BaseParser):
    """The body as it is: the guard in front of Django caps its size."""

    def parse(  # type: ignore[override]  # DRF takes anything; its types know of forms only
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return stream.read()


PARSERS: list[Any] = [
    BoundedJSONParser,
    MultiPartParser,
    *(type("Whole", (_Whole,), {"media_type": media}) for media in BODIES),
]


def read(request: Request) -> list[Arrival]:
    """Raises ValidationError by field, and what parsers raise."""
    media, parameters = parse_header_parameters(request.content_type or "")
    try:
        data = request.data
    except UnsupportedMediaType as error:
        known = ", ".join((JSON, FORM, *BODIES))
        raise UnsupportedMediaType(media, f"{error.detail} Send one of: {known}.") from None
    if media == FORM:
        return _form(request, _once(data))
    about = {name: request.query_params[name] for name in ABOUT if name in request.query_params}
    if media not in BODIES:
        if about:
            text = "Say it in the body, beside the text."
            raise ValidationError({name: [text] for name in about})
        return [_json(data)]
    raw = data if isinstance(data, bytes) else b""  # without a body, no parser is asked
    if (charset := parameters.get("charset")) and media != "application/pdf":
        raw = _from(charset, raw)
    return [Arrival(raw, _about(about), media, "body")]


def _about(sent: Mapping[str, Any]) -> dict[str, Any]:
    asked = AboutSerializer(data=sent)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _json(data: Any) -> Arrival:
    asked = NewDocumentSerializer(data=data)
    asked.is_valid(raise_exception=True)
    about = dict(asked.validated_data)
    text, media_type = about.pop("text"), about.pop("media_type", None)
    if media_type == Document.MediaType.PDF:
        text = "A PDF is no text: send it as the body, with that content type, or in a form."
        raise ValidationError({"media_type": [text]})
    return Arrival(_utf8(text), about, media_type, "text")


def _once(data: Any) -> dict[str, Any]:
    """A form's fields. Raises ValidationError for one that is given twice."""
    twice = [name for name, values in data.lists() if len(values) > 1 and name != FILE]
    if twice:
        raise ValidationError({shown(name): ["It is given twice. Give it once."] for name in twice})
    return {name: value for name, value in data.items() if name not in data.getlist(FILE)}


def _form(request: Request, fields: dict[str, Any]) -> list[Arrival]:
    files = request.FILES.getlist(FILE)
    sent = {name: value for name, value in fields.items() if name not in request.FILES}
    for name in request.FILES:
        if name != FILE:
            near = suggestion(shown(name), [FILE])
            raise ValidationError({shown(name): [f"A file cannot be sent under this name. {near}"]})
    if not files:
        raise ValidationError({FILE: ["Send one or several files under this name."]})
    names = [file.name or "" for file in files]
    if len(files) > 1:
        _refuse_for_many(sent, names)
    about = _about(sent)
    found = []
    for file, name in zip(files, names, strict=True):
        own = about | {"file_name": name}
        called = shown(name) if len(files) > 1 else ""
        if called and about.get("source"):
            own["source"] = f"{about['source'].rstrip('/')}/{name}"
        found.append(Arrival(file.read(), own, type_of(file), FILE, called))
    return found


def _refuse_for_many(sent: Mapping[str, Any], names: list[str]) -> None:
    if "title" in sent:
        raise ValidationError({"title": ["Several files have a title each. Leave it out."]})
    if sent.get("source") and (same := {name for name in names if names.count(name) > 1}):
        text = f"Two files are called {shown(sorted(same)[0])}: one would replace the other."
        raise ValidationError({FILE: [text]})


def _from(charset: str, raw: bytes) -> bytes:
    try:
        return _utf8(raw.decode(charset).removeprefix("\ufeff"))
    except (LookupError, ValueError):
        text = f"The body is not in the charset {shown(charset)}. Send it in UTF-8."
        raise ValidationError({"body": [text]}) from None


def _utf8(text: str) -> bytes:
    """Marked as UTF-8 where the text may be a page that says otherwise of itself."""
    mark = codecs.BOM_UTF8 if "<meta" in text[:2048].lower() else b""
    return mark + text.encode()
