"""Message contents: text, images, audio and files, from OpenAI's parts to neutral ones."""

import base64
import binascii
import re
from typing import assert_never

from lakehouse.gateway.dialect import body as b
from lakehouse.gateway.dialect.decoding import bad
from providers.messages import Audio, File, Image, Part, Refusal, Text

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w-]+=[\w.-]+)*;base64,", re.ASCII)


def parts_of(content: b.Content, place: str) -> tuple[Part, ...]:
    """Raises ApiError(400) naming the part that cannot be read."""
    if isinstance(content, str):
        return (Text(content),)
    return tuple(_part(part, f"{place}[{number}]") for number, part in enumerate(content))


def shown_parts(content: b.Content, place: str) -> tuple[Text | Image, ...]:
    """The parts of a tool's result. Raises ApiError(400) for other than text and images."""
    shown: list[Text | Image] = []
    for number, part in enumerate(parts_of(content, place)):
        if not isinstance(part, Text | Image):
            where = f"{place}[{number}]"
            raise bad(f"{where}: a tool's result holds text and images only.", where)
        shown.append(part)
    return tuple(shown)


def text_of(content: b.Content, place: str) -> tuple[str, bool]:
    """The text of a system message and whether a cache hint came with it."""
    if isinstance(content, str):
        return content, False
    for number, part in enumerate(content):
        if not isinstance(part, b.TextPart):
            raise bad(f"{place}[{number}]: only text parts can stand here.", f"{place}[{number}]")
    texts = [part for part in content if isinstance(part, b.TextPart)]
    return "\n".join(part.text for part in texts), any(_hinted(part) for part in texts)


def _hinted(part: b.TextPart) -> bool:
    return bool(part.prompt_cache_breakpoint or part.cache_control)


def _part(part: b.AnyPart, place: str) -> Part:
    match part:
        case b.TextPart():
            return Text(part.text, cache_hint=_hinted(part))
        case b.ImagePart():
            return _image(part.image_url, f"{place}.image_url.url")
        case b.AudioPart(input_audio=audio):
            return Audio(f"audio/{audio.format}", _bytes(audio.data, f"{place}.input_audio.data"))
        case b.FilePart(file=file):
            return _file(file, f"{place}.file")
        case b.RefusalPart():
            return Refusal(part.refusal)
        case _:
            assert_never(part)


def _image(source: b.ImageUrl, place: str) -> Image:
    if source.url.startswith(("https://", "http://")):
        return Image(url=source.url, detail=source.detail)
    mime, data = _data_url(source.url, place)
    if not mime.startswith("image/"):
        raise bad(f"{place} holds {mime}, which is not an image.", place)
    return Image(mime=mime, data=data, detail=source.detail)


def _file(source: b.FileSource, place: str) -> File:
    if source.file_data is None:
        if source.file_id is None:
            raise bad(f"{place} needs file_data (a data URL) or file_id.", place)
        return File(name=source.filename, file_id=source.file_id)
    mime, data = _data_url(source.file_data, f"{place}.file_data")
    return File(name=source.filename, mime=mime, data=data)


def _data_url(url: str, place: str) -> tuple[str, bytes]:
    found = _DATA_URL.match(url)
    if not found:
        raise bad(
            f"{place} must be an https:// URL or data:<type>;base64,<data>; other schemes are "
            "never fetched.",
            place,
        )
    return found.group(1).lower(), _bytes(url[found.end() :], place)


def _bytes(text: str, place: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise bad(f"{place} is not valid base64.", place) from None
