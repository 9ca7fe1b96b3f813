"""Parts of a message as OpenAI writes them: images, audio and files."""

from base64 import b64encode
from typing import Any, Final, NoReturn

from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import Audio, File, Image

AUDIO_FORMATS: Final = {
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}


def unsupported(message: str, param: str) -> NoReturn:
    """Raises ProviderError(unsupported) for a field or part that cannot be sent."""
    raise ProviderError(failure(ErrorKind.UNSUPPORTED, message, accepted=False, param=param))


def image(part: Image) -> dict[str, Any]:
    """A URL or a data URL.

    Raises ProviderError for every other scheme: some servers would open a `file:` URL on
    their own disk (`wire/openai.md`, llama.cpp).
    """
    if part.data is not None:
        url = data_url(part.mime or "image/png", part.data)
    elif part.url and part.url.lower().startswith(("http://", "https://")):
        url = part.url
    else:
        unsupported("An image is an http or https URL, or a data URL.", "messages")
    source = {"url": url} if part.detail is None else {"url": url, "detail": part.detail}
    return {"type": "image_url", "image_url": source}


def audio(part: Audio) -> dict[str, Any]:
    form = AUDIO_FORMATS.get(part.mime.lower())
    if form is None:
        unsupported(f"Audio of type {part.mime} cannot be sent; use WAV or MP3.", "messages")
    data = b64encode(part.data).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": form}}


def file(part: File) -> dict[str, Any]:
    if part.data is None:
        return {"type": "file", "file": {"file_id": part.file_id or ""}}
    source = {"file_data": data_url(part.mime or "application/octet-stream", part.data)}
    if part.name:
        source["filename"] = part.name
    return {"type": "file", "file": source}


def data_url(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{b64encode(data).decode()}"
