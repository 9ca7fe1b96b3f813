"""One part of a turn, as the content block the Messages API takes."""

from typing import Any

import msgspec

from providers.adapters.claude.draft import Draft, refused
from providers.errors import ErrorKind
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)

Block = dict[str, Any]
IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
CACHED = {"type": "ephemeral"}
THINKING = frozenset({"thinking", "redacted_thinking"})


def user_blocks(parts: tuple[Part, ...], draft: Draft) -> list[Block]:
    """Blocks of a user or tool turn. Raises ProviderError(unsupported) on audio."""
    return [block for part in parts if (block := _user_block(part, draft)) is not None]


def assistant_blocks(parts: tuple[Part, ...], origin: str | None) -> list[Block]:
    """Blocks of an assistant turn, with the thinking that `origin` signed; None keeps none.

    Raises ProviderError(bad_request) on tool arguments that are not an object.
    """
    return [block for part in parts if (block := _assistant_block(part, origin)) is not None]


def text_block(text: str, cache_hint: bool = False) -> Block | None:
    """None for text that is empty or blank: the API refuses such blocks."""
    if not text or text.isspace():
        return None
    block: Block = {"type": "text", "text": text}
    if cache_hint:
        block["cache_control"] = CACHED
    return block


def own_thinking(part: Part, origin: str | None) -> Block | None:
    """The thinking block that a model of `origin` signed; None for any other part or state.

    States come back through clients, so the value's shape is looked at before it is used.
    """
    if not isinstance(part, Reasoning) or part.state is None or part.state.origin != origin:
        return None
    value = part.state.value
    return value if isinstance(value, dict) and value.get("type") in THINKING else None


def _user_block(part: Part, draft: Draft) -> Block | None:
    match part:
        case Text():
            return text_block(part.text, part.cache_hint)
        case Image():
            return _image(part, draft)
        case File():
            return _file(part)
        case ToolResult():
            return _result(part, draft)
        case Audio():
            raise refused(
                ErrorKind.UNSUPPORTED,
                "Claude models take no audio. Send its transcript as text, "
                "or ask a provider whose models hear.",
                "messages",
            )
        case _:
            raise refused(
                ErrorKind.BAD_REQUEST,
                f"A user message holds a {type(part).__name__}, which only an assistant "
                "message can hold.",
                "messages",
            )


def _assistant_block(part: Part, origin: str | None) -> Block | None:
    match part:
        case Text():
            return text_block(part.text, part.cache_hint)
        case Refusal():
            return text_block(part.text)
        case Reasoning():
            return own_thinking(part, origin)
        case ToolCall():
            return {
                "type": "tool_use",
                "id": part.id,
                "name": part.name,
                "input": _arguments(part),
            }
        case _:
            raise refused(
                ErrorKind.UNSUPPORTED,
                f"Claude models take text and tool calls in assistant messages, not "
                f"{type(part).__name__.lower()}s. Put it into a user message.",
                "messages",
            )


def _arguments(call: ToolCall) -> msgspec.Raw:
    """The call's own JSON text, once it is known to be an object: numbers stay as written."""
    text = call.arguments.strip() or "{}"
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        raise refused(
            ErrorKind.BAD_REQUEST,
            f"The arguments of tool call {call.id} are not a JSON object. "
            "Send back the argument text as it was received.",
            "messages",
        ) from None
    return msgspec.Raw(text.encode())


def _image(image: Image, draft: Draft) -> Block:
    if image.detail not in (None, "auto"):
        draft.drop("image_url.detail")
    if image.url is not None:
        return {"type": "image", "source": {"type": "url", "url": image.url}}
    return _inline_image(image.mime, image.data)


def _inline_image(mime: str | None, data: bytes | None) -> Block:
    if mime not in IMAGES:
        raise refused(
            ErrorKind.UNSUPPORTED,
            f"Claude models take jpeg, png, gif and webp images, not {mime}. Convert the image.",
            "messages",
        )
    return {"type": "image", "source": {"type": "base64", "media_type": mime, "data": data or b""}}


def _file(file: File) -> Block:
    """A document; `file_id` is an id of the vendor's Files API, which may need a beta option."""
    source: Block
    if file.file_id is not None:
        source = {"type": "file", "file_id": file.file_id}
    elif file.mime in IMAGES:
        return _inline_image(file.mime, file.data)
    elif file.mime == "application/pdf":
        source = {"type": "base64", "media_type": file.mime, "data": file.data or b""}
    elif file.mime is not None and file.mime.startswith("text/"):
        text = (file.data or b"").decode("utf-8", "replace")
        source = {"type": "text", "media_type": "text/plain", "data": text}
    else:
        raise refused(
            ErrorKind.UNSUPPORTED,
            f"Claude models take PDF, text and image files, not {file.mime}. Convert the file.",
            "messages",
        )
    block: Block = {"type": "document", "source": source}
    if file.name:
        block["title"] = file.name
    return block


def _result(result: ToolResult, draft: Draft) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": result.call_id}
    content: list[Block] = []
    for part in result.parts:
        inner = _image(part, draft) if isinstance(part, Image) else text_block(part.text)
        if inner is not None:
            content.append(inner)
        if isinstance(part, Text) and part.cache_hint:
            block["cache_control"] = CACHED
    if content:
        block["content"] = content
    if result.is_error:
        block["is_error"] = True
    return block
