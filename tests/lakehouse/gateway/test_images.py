"""Images by URL, for upstreams that take them by content only: fetched, checked, inlined."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.serving import Gateway
from tests.upstreams.base import Answer, UpstreamServer

Upstreams = dict[str, UpstreamServer]
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
inlining = pytest.mark.parametrize("kind", ["ollama", "gemini"])


@pytest.fixture(scope="module")
def gallery() -> Iterator[UpstreamServer]:
    """A web server with pictures."""
    with UpstreamServer() as server:
        yield server


@pytest.fixture(autouse=True)
def closed(gallery: UpstreamServer) -> None:
    gallery.forget()


def picture(data: bytes = PNG, kind: str = "image/png", **more: Any) -> Answer:
    return Answer.of(data, content_type=kind, **more)


def ask(served: Gateway, model: str, *urls: str) -> httpx.Response:
    parts: list[dict[str, Any]] = [{"type": "text", "text": "What is this?"}]
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    with served.client() as client:
        sent = {"model": model, "messages": [{"role": "user", "content": parts}]}
        return client.post("/v1/chat", json=sent)


def refused(served: Gateway, url: str) -> str:
    answer = ask(served, "ollama", url)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (
        400,
        "invalid_request",
        "messages",
    )
    row = served.call(answer.headers["x-request-id"])
    assert (row["outcome"], row["error_kind"]) == ("failed", "bad_request")
    return str(error["message"])


@inlining
def test_an_image_by_url_is_fetched_and_inlined(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer, kind: str
) -> None:
    gallery.next(picture())
    assert ask(served, kind, f"{gallery.url}/cat.png").status_code == 200
    assert base64.b64encode(PNG) in upstreams[kind].last.body
    assert gallery.last.path == "/cat.png"


def test_the_fetch_carries_no_key(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer
) -> None:
    gallery.next(picture())
    ask(served, "gemini", f"{gallery.url}/cat.png")
    headers = gallery.last.headers
    assert headers["user-agent"].startswith("lakehouse/")
    assert not {"authorization", "x-goog-api-key", "x-api-key", "cookie"} & set(headers)


def test_one_url_twice_is_fetched_once(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer
) -> None:
    gallery.next(picture())
    url = f"{gallery.url}/cat.png"
    assert ask(served, "ollama", url, url).status_code == 200
    assert len(gallery.ledger) == 1
    assert upstreams["ollama"].last.body.count(base64.b64encode(PNG)) == 2


def test_an_image_in_a_tools_result_is_inlined_too(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer
) -> None:
    gallery.next(picture())
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    url = {"type": "image_url", "image_url": {"url": f"{gallery.url}/cat.png"}}
    messages = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": [url]},
    ]
    with served.client() as client:
        answer = client.post("/v1/chat", json={"model": "ollama", "messages": messages})
    assert answer.status_code == 200, answer.text
    assert base64.b64encode(PNG) in upstreams["ollama"].last.body


def test_others_get_the_url_as_it_is(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer
) -> None:
    url = f"{gallery.url}/cat.png"
    assert ask(served, "openai_compatible", url).status_code == 200
    assert gallery.ledger == []
    parts = upstreams["openai_compatible"].last.json["messages"][0]["content"]
    assert parts[1]["image_url"]["url"] == url


def test_a_data_url_is_fetched_from_nowhere(served: Gateway, upstreams: Upstreams) -> None:
    data = base64.b64encode(PNG).decode()
    assert ask(served, "ollama", f"data:image/png;base64,{data}").status_code == 200
    assert data.encode() in upstreams["ollama"].last.body


# --- refused, before the model is asked ---

NO_WEB = "did not answer as a web server does"
FAULTS = {
    "a redirect": (Answer.of(b"", status=302, headers={"location": "/other"}), "answered 302"),
    "not there": (Answer.of(b"", status=404), "answered 404"),
    "no image": (picture(b"<html>", "text/html"), "text/html, not an image"),
    "no type": (picture(PNG, ""), "nothing, not an image"),
    "too large": (
        picture(framing="chunked", data=b"x" * (11 * 1024 * 1024)),
        "larger than 10485760 bytes",
    ),
    "compressed": (picture(headers={"content-encoding": "gzip"}), NO_WEB),
    "cut": (picture(b"x" * 5000, cut=100), NO_WEB),
    "no HTTP": (Answer(raw=b"\x16\x03\r\n\r\n"), NO_WEB),
}


@pytest.mark.parametrize(("answer", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_no_usable_image_is_a_400(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer, answer: Answer, reason: str
) -> None:
    gallery.next(answer)
    message = refused(served, f"{gallery.url}/cat.png")
    assert reason in message
    assert "Send it as a data: URL instead." in message
    assert upstreams["ollama"].ledger == []


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1]:9/cat.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/cat.png",
        "http://10.0.0.1/cat.png",
        "http://0.0.0.0/cat.png",
        "http://0/cat.png",
        "http://[64:ff9b::a00:1]/cat.png",
    ],
)
def test_an_address_that_is_not_public_is_refused_to_clients(served: Gateway, url: str) -> None:
    refused(served, url)


@pytest.mark.parametrize(
    "url",
    ["http://", "http://:80/", "http://a b/c.png", "http://[::1", "http://x:99999/", "https://\n/"],
)
def test_a_url_that_is_none_is_a_400(served: Gateway, url: str) -> None:
    refused(served, url)


def test_more_images_than_are_fetched_is_a_400(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer
) -> None:
    answer = ask(served, "ollama", *(f"{gallery.url}/{n}.png" for n in range(51)))
    assert answer.status_code == 400
    assert gallery.ledger == []


def test_images_that_are_too_large_together_are_a_400(
    served: Gateway, upstreams: Upstreams, gallery: UpstreamServer
) -> None:
    gallery.next(*[picture(b"x" * 9_000_000) for _ in range(4)])
    answer = ask(served, "ollama", *(f"{gallery.url}/{n}.png" for n in range(4)))
    assert answer.status_code == 400
    assert "together" in answer.json()["error"]["message"]
    assert upstreams["ollama"].ledger == []
