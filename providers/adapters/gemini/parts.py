"""One neutral part as Gemini's parts: text, inline data, calls and their results.

A picture that a model drew reaches the client as a Markdown image with a `data:` URL,
the only form OpenAI's dialect has for it; on the way back it becomes a picture again.
"""

import re
from typing import Any

import msgspec

from providers.adapters.gemini.refusals import bad, unsupported
from providers.adapters.gemini.states import SignedCall
from providers.messages import Audio, File, Image, Part, Refusal, Text, ToolCall, ToolResult

Wire = dict[str, Any]

# Bounded where it can be, so that no text makes the search slow.
_DRAWN = re.compile(
    r"!\[[^\[\]\n]{0,100}\]\(data:([\w.+-]{1,60}/[\w.+-]{1,60});base64,([A-Za-z0-9+/]+={0,2})\)"
)
# Google lists MP3 under this name only.
_MIMES = {"audio/mpeg": "audio/mp3"}
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def content(part: Part) -> list[Wire]:
    """A user's part, or an assistant's picture. Raises ProviderError for what cannot be sent.

    Empty text gives nothing: an empty part is Gemini's 400 "required oneof field 'data'".
    """
    match part:
        case Text(text=text) | Refusal(text=text):
            return [{"text": text}] if text else []
        case Image(mime=mime, data=data):
            if mime is None or data is None:
                raise unsupported(
                    "Gemini takes images by content only, and this one is still a URL. "
                    "Send it as a data: URL.",
                    "messages",
                )
            return [inline(mime, data)]
        case Audio(mime=mime, data=data):
            return [inline(mime, data)]
        case File():
            return [_file(part)]
        case _:
            return []


def inline(mime: str, data: bytes | str) -> Wire:
    """`data` as raw bytes (encoded as base64 with the body), or as base64 text."""
    return {"inlineData": {"mimeType": _MIMES.get(mime, mime), "data": data}}


def drawn(mime: str, data: str) -> str:
    """A generated picture as a client sees it; `data` is base64."""
    return f"![{mime}](data:{mime};base64,{data})"


def text_pieces(text: str) -> list[Wire]:
    """An assistant's text with each picture that `drawn` wrote turned back into data."""
    pieces: list[Wire] = []
    at = 0
    for found in _DRAWN.finditer(text):
        if found.start() > at:
            pieces.append({"text": text[at : found.start()]})
        pieces.append(inline(found[1], found[2]))
        at = found.end()
    if at < len(text):
        pieces.append({"text": text[at:]})
    return pieces


def call(part: ToolCall, signed: SignedCall | None) -> Wire:
    """A `functionCall` part; its arguments stay the client's text, number for number."""
    wire: Wire = {"functionCall": {"name": part.name, "args": _arguments(part)}}
    if signed is not None and signed.id is not None:
        wire["functionCall"]["id"] = signed.id
    if signed is not None and signed.signature is not None:
        wire["thoughtSignature"] = signed.signature
    return wire


def result(part: ToolResult, call_id: str | None) -> list[Wire]:
    """A `functionResponse` part, then the result's pictures; `call_id` is the model's own."""
    if not part.name:
        raise bad(
            f"The tool result for {part.call_id!r} answers no call of this conversation, and "
            "Gemini needs the function's name. Send the assistant message with that call.",
            "messages",
        )
    text = "\n".join(piece.text for piece in part.parts if isinstance(piece, Text))
    response: Wire = {
        "name": part.name,
        "response": {"error" if part.is_error else "output": text},
    }
    if call_id is not None:
        response["id"] = call_id
    pictures = [piece for piece in part.parts if isinstance(piece, Image)]
    return [{"functionResponse": response}, *(w for p in pictures for w in content(p))]


def _arguments(part: ToolCall) -> msgspec.Raw:
    if not part.arguments.strip():
        return msgspec.Raw(b"{}")
    try:
        _object.decode(part.arguments)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise bad(
            f"The arguments of tool call {part.id!r} ({part.name}) are not a JSON object. "
            "Send the arguments as the model wrote them.",
            "messages",
        ) from None
    return msgspec.Raw(part.arguments.encode())


def _file(part: File) -> Wire:
    if part.data is None:
        if part.file_id is None:
            raise bad("A file needs file_data or file_id.", "messages")
        source = {"fileUri": part.file_id}
        return {"fileData": {**source, "mimeType": part.mime} if part.mime else source}
    if part.mime is None:
        raise bad(
            f"The file {part.name or 'sent'!r} has no media type. "
            "Send file_data as data:<type>;base64,<data>.",
            "messages",
        )
    return inline(part.mime, part.data)
