"""A message's parts, from OpenAI's to neutral ones."""

from typing import Any

import msgspec
import pytest

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.body import Content
from lakehouse.gateway.dialect.content import parts_of, shown_parts
from providers.messages import Audio, File, Image, Part, Refusal, Text


def read(*parts: dict[str, Any]) -> tuple[Part, ...]:
    return parts_of(msgspec.convert(list(parts), Content), "content")


def image(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def refused(part: dict[str, Any]) -> str:
    with pytest.raises(ApiError) as raised:
        read({"type": "text", "text": "first"}, part)
    assert raised.value.param is not None
    assert raised.value.param.startswith("content[1].")
    return raised.value.message


def test_a_text_is_one_part() -> None:
    assert parts_of("hi", "content") == (Text("hi"),)


def test_parts_keep_their_order() -> None:
    found = read({"type": "text", "text": "a"}, image("https://x/y.png"))
    assert found == (Text("a"), Image(url="https://x/y.png"))


@pytest.mark.parametrize("field", ["cache_control", "prompt_cache_breakpoint"])
def test_a_cache_hint_is_kept(field: str) -> None:
    assert read({"type": "text", "text": "a", field: {"type": "ephemeral"}}) == (Text("a", True),)
    assert read({"type": "text", "text": "a", field: None}) == (Text("a"),)


def test_an_image_by_data_is_its_bytes() -> None:
    (found,) = read(image("data:image/PNG;base64,aGk=", detail="high"))
    assert found == Image(mime="image/png", data=b"hi", detail="high")


def test_a_data_url_may_have_parameters() -> None:
    (found,) = read(image("data:image/svg+xml;charset=utf-8;base64,aGk="))
    assert found == Image(mime="image/svg+xml", data=b"hi")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x/y", "data:image/png,plain", "data:;base64,aGk=", "x", ""],
)
def test_other_schemes_are_never_fetched(url: str) -> None:
    assert "other schemes are never fetched" in refused(image(url))


def test_a_data_url_that_is_no_image_is_refused() -> None:
    assert "application/pdf, which is not an image" in refused(
        image("data:application/pdf;base64,aGk=")
    )


@pytest.mark.parametrize("data", ["%%%", "aGk", "aG k=", "aGk=\n"])
def test_base64_is_taken_strictly(data: str) -> None:
    assert "not valid base64" in refused(image(f"data:image/png;base64,{data}"))


def test_audio_is_its_bytes_with_a_type() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}}
    assert read(sound) == (Audio("audio/mp3", b"hi"),)


def test_a_file_is_its_bytes_or_its_id() -> None:
    by_data = {"file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"}
    assert read({"type": "file", "file": by_data}) == (
        File(name="a.pdf", mime="application/pdf", data=b"hi"),
    )
    assert read({"type": "file", "file": {"file_id": "f1"}}) == (File(file_id="f1"),)


def test_a_file_of_nothing_is_refused() -> None:
    assert "needs file_data" in refused({"type": "file", "file": {"filename": "a.pdf"}})


def test_a_refusal_is_kept() -> None:
    assert read({"type": "refusal", "refusal": "no"}) == (Refusal("no"),)


def test_a_tools_result_holds_text_and_images_only() -> None:
    good: Content = msgspec.convert([image("https://x/y.png")], Content)
    assert shown_parts(good, "content") == (Image(url="https://x/y.png"),)
    bad: Content = msgspec.convert([{"type": "file", "file": {"file_id": "f1"}}], Content)
    with pytest.raises(ApiError) as raised:
        shown_parts(bad, "content")
    assert raised.value.param == "content[0]"
