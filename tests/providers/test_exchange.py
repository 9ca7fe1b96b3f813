"""One try: its limits, its end, its connection, and what of an error may be shown."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx
import pytest

from providers import adapters, exchange
from providers.adapters.base import Outgoing
from providers.adapters.openai_compatible import OpenAICompatible
from providers.endpoint import Endpoint, Timeouts
from providers.errors import ErrorKind, Failure, ProviderError
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolStart,
    UsageReport,
)
from providers.exchange import Exchange, HttpExchange, LocalExchange, build, is_content
from providers.messages import Request, Sampling, Usage
from providers.redact import redact
from providers.transport import Transport
from tests.conversation import allow, ask, converse, endpoint_for, failure_of, text_of
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, chunk, document, error, text_chunks

T = TypeVar("T")
KIND = "openai_compatible"
TEXT = sse(chunk(content="Hel"), done=False)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as made:
        yield made


def limits(**seconds: float) -> Timeouts:
    return Timeouts(**({"connect": 1.0, "first_token": 2.0, "idle": 2.0, "total": 4.0} | seconds))


def events(server: OpenAIServer, stream: bool = True, **seconds: float) -> list[Event]:
    endpoint = endpoint_for(KIND, server, timeouts=limits(**seconds))
    return converse(endpoint, ask(stream=stream), server)


def failed(server: OpenAIServer, stream: bool = True, **seconds: float) -> Failure:
    return failure_of(events(server, stream, **seconds))


def trying(
    server: OpenAIServer,
    work: Callable[[Exchange], Awaitable[T]],
    endpoint: Endpoint | None = None,
    stream: bool = True,
) -> T:
    """Works with a try that is not opened yet."""

    async def run() -> T:
        transport = Transport(lambda: allow(server))
        made = exchange.exchange(
            transport,
            adapters.get(KIND),
            endpoint or endpoint_for(KIND, server),
            ask(stream=stream),
            "",
        )
        try:
            return await work(made)
        finally:
            await made.aclose()
            await transport.aclose()

    return asyncio.run(run())


# --- its course ---


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_good_answer_ends_with_end(server: OpenAIServer, stream: bool) -> None:
    found = events(server, stream)
    assert text_of(found) == "Hello there"
    assert isinstance(found[-1], End)


def test_status_and_headers_are_known_once_it_is_open(server: OpenAIServer) -> None:
    server.next(Answer.of(document(), headers={"x-request-id": "r1"}))

    async def opened(attempt: Exchange) -> tuple[int | None, Mapping[str, str]]:
        assert attempt.status is None
        await attempt.open()
        return attempt.status, attempt.headers

    status, headers = trying(server, opened, stream=False)
    assert (status, headers["x-request-id"]) == (200, "r1")


def test_after_the_end_there_is_nothing(server: OpenAIServer) -> None:
    async def run(attempt: Exchange) -> list[Event] | None:
        await attempt.open()
        while await attempt.next():
            pass
        return await attempt.next()

    assert trying(server, run) == []


def test_asking_for_a_moment_gives_none_and_loses_nothing(server: OpenAIServer) -> None:
    server.next(Answer.stream(sse(*text_chunks("a", "b")), pause=0.05))

    async def run(attempt: Exchange) -> tuple[int, str]:
        await attempt.open()
        found: list[Event] = []
        nones = 0
        while True:
            batch = await attempt.next(asyncio.get_running_loop().time() + 0.01)
            if batch is None:
                nones += 1
            elif not batch:
                return nones, text_of(found)
            else:
                found += batch

    nones, text = trying(server, run)
    assert text == "ab"
    assert nones > 3


def test_a_request_that_cannot_be_built_is_refused_before_it_is_sent(server: OpenAIServer) -> None:
    endpoint, request = endpoint_for("ollama", server), ask(sampling=Sampling(n=2))
    with pytest.raises(ProviderError) as raised:
        HttpExchange(Transport(), adapters.get("ollama"), endpoint, request, "")
    assert raised.value.failure.param == "n"
    assert server.ledger == []


# --- its limits ---


def test_the_first_token_has_its_limit(server: OpenAIServer) -> None:
    server.next(Answer.stream(TEXT, delay=3))
    found = failed(server, first_token=0.05)
    assert (found.kind, found.status) == (ErrorKind.TIMEOUT, None)
    assert "no answer within its first_token_timeout of 0.05 s" in found.message


def test_headers_and_usage_are_no_token(server: OpenAIServer) -> None:
    server.next(Answer.stream(sse(chunk(role="assistant", content=""), done=False), stall_after=1))
    found = failed(server, first_token=0.1)
    assert (found.kind, found.status) == (ErrorKind.TIMEOUT, 200)
    assert "silence within its first_token_timeout" in found.message


def test_a_whole_answer_has_the_total_limit_only(server: OpenAIServer) -> None:
    server.next(Answer.of(document(), delay=0.15))
    assert isinstance(events(server, stream=False, first_token=0.05)[-1], End)
    server.next(Answer.of(document(), delay=3))
    found = failed(server, stream=False, total=0.1)
    assert "total_timeout of 0.1 s" in found.message


def test_silence_has_its_limit(server: OpenAIServer) -> None:
    server.next(Answer.stream(TEXT, stall_after=1))
    *before, last = events(server, idle=0.05)
    assert text_of(before) == "Hel"
    assert isinstance(last, Fail)
    assert "idle_timeout of 0.05 s" in last.failure.message


def test_a_stream_that_flows_has_the_total_limit(server: OpenAIServer) -> None:
    server.next(Answer.stream(sse(*text_chunks(*"abcdefgh" * 20)), pause=0.01))
    found = failed(server, total=0.15)
    assert "total_timeout of 0.15 s" in found.message


def test_a_whole_answer_is_bounded_in_size(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MAX_DOCUMENT", 1000)
    server.next(Answer.of(document("x" * 2000)))
    found = failed(server, stream=False)
    assert (found.kind, "larger than 1000 bytes" in found.message) == (ErrorKind.PROTOCOL, True)


# --- its failures ---


def test_a_redirect_is_refused_with_what_to_do(server: OpenAIServer) -> None:
    server.next(Answer.of(b"", status=308, headers={"location": "https://elsewhere"}))
    found = failed(server)
    assert (found.kind, found.status) == (ErrorKind.PROTOCOL, 308)
    assert "Set the provider's base_url" in found.message


def test_an_error_body_is_read_up_to_a_limit(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MAX_ERROR_BODY", 1000)
    server.next(Answer.stream([b"x" * 500] * 50, status=500, pause=0.02))
    assert failed(server).kind is ErrorKind.SERVER
    server.wait_for(lambda: server.last.left_at)


def test_an_error_body_that_stalls_is_named_by_its_status(server: OpenAIServer) -> None:
    server.next(Answer.stream([b'{"error'], status=503, stall_after=1))
    assert failed(server, idle=0.05).kind is ErrorKind.OVERLOADED


def test_an_error_body_that_is_cut_is_named_by_its_status(server: OpenAIServer) -> None:
    server.next(Answer.of(error("x" * 100), status=500, cut=20))
    assert failed(server).kind is ErrorKind.SERVER


def test_a_cut_is_a_failure_also_after_text(server: OpenAIServer) -> None:
    server.next(Answer.stream([*TEXT, *TEXT], cut=len(TEXT[0]) + 5))
    *before, last = events(server)
    assert text_of(before) == "Hel"
    assert isinstance(last, Fail)
    assert last.failure.kind is ErrorKind.PROTOCOL


def test_a_decoder_that_breaks_is_a_failure_and_no_exception(
    server: OpenAIServer, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def feed(self, chunk: bytes) -> list[Event]:
            raise ZeroDivisionError

        def finish(self) -> list[Event]:
            return [End()]

    class Breaking(OpenAICompatible):
        def decoder(self, endpoint: Endpoint, request: Request) -> Broken:
            return Broken()

    async def run() -> list[Event] | None:
        transport = Transport(lambda: allow(server))
        made = HttpExchange(transport, Breaking(), endpoint_for(KIND, server), ask(), "")
        try:
            await made.open()
            return await made.next()
        finally:
            await made.aclose()
            await transport.aclose()

    (last,) = asyncio.run(run()) or []
    assert isinstance(last, Fail)
    assert last.failure.message == "openai_compatible sent an unreadable answer."
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_the_key_that_an_error_quotes_is_taken_out(server: OpenAIServer, stream: bool) -> None:
    secret = "not-of-any-known-shape-42"
    redact.learn(secret)  # as resolving it does
    quoting = error(f"the key {secret} is wrong")
    answers = [Answer.of(quoting, status=400), Answer.of(quoting)]
    for answer in answers:
        server.next(answer)
        found = converse(endpoint_for(KIND, server), ask(stream=stream), server, secret)
        assert secret not in failure_of(found).message
        assert "is wrong" in failure_of(found).message


# --- its connection ---


def test_a_complete_answers_connection_is_used_again(server: OpenAIServer) -> None:
    async def run() -> None:
        transport = Transport(lambda: allow(server))
        for stream in (True, False, True):
            made = exchange.exchange(
                transport, adapters.get(KIND), endpoint_for(KIND, server), ask(stream=stream), ""
            )
            await made.open()
            while await made.next():
                pass
            await made.aclose()
        await transport.aclose()

    asyncio.run(run())
    assert {one.connection for one in server.ledger} == {1}


def test_an_upstream_that_does_not_close_after_its_end_is_left(server: OpenAIServer) -> None:
    ended = sse(*text_chunks("all"))
    server.next(Answer.stream(ended, stall_after=len(ended)))
    assert isinstance(events(server)[-1], End)
    server.wait_for(lambda: server.last.left_at)


def test_closing_early_closes_the_upstream_at_once(server: OpenAIServer) -> None:
    server.next(Answer.stream(TEXT, stall_after=1))

    async def run(attempt: Exchange) -> float:
        await attempt.open()
        await attempt.next()
        await attempt.aclose()
        await attempt.aclose()
        return await asyncio.to_thread(server.wait_for, lambda: server.last.left_at)

    assert trying(server, run) < 0.25


def test_closing_what_was_never_opened_is_nothing(server: OpenAIServer) -> None:
    async def nothing(attempt: Exchange) -> None:
        await attempt.aclose()

    trying(server, nothing)
    assert server.ledger == []


# --- what is sent ---


def built(endpoint: Endpoint, secret: str = "", **outgoing: Any) -> httpx.Request:
    fields: dict[str, Any] = {"method": "POST", "path": "/x", "body": b"{}"} | outgoing
    return build(endpoint, adapters.get(KIND), Outgoing(**fields), secret)


def test_a_request_is_built_of_base_url_and_path() -> None:
    message = built(Endpoint("p", KIND, "https://h/v1"), path="/chat?x=1")
    assert (str(message.url), message.method, message.content) == (
        "https://h/v1/chat?x=1",
        "POST",
        b"{}",
    )
    assert message.extensions["connect"] == Timeouts().connect


def test_our_name_is_honest_unless_the_operator_says_otherwise() -> None:
    assert built(Endpoint("p", KIND, "https://h")).headers["user-agent"].startswith("lakehouse/")
    other = built(Endpoint("p", KIND, "https://h", user_agent="Other/1"))
    assert other.headers["user-agent"] == "Other/1"


def test_the_operators_headers_come_over_the_adapters_and_the_secret_over_all() -> None:
    endpoint = Endpoint("p", KIND, "https://h", headers=(("x-a", "operator"), ("x-b", "2")))
    message = built(endpoint, "s3cret", headers=(("x-a", "adapter"), ("x-c", "3")))
    assert [message.headers[name] for name in ("x-a", "x-b", "x-c")] == ["operator", "2", "3"]
    assert message.headers["authorization"] == "Bearer s3cret"


def test_without_a_secret_there_is_no_authorization() -> None:
    assert "authorization" not in built(Endpoint("p", KIND, "https://h")).headers


def test_only_a_body_has_a_content_type() -> None:
    endpoint = Endpoint("p", KIND, "https://h")
    assert built(endpoint).headers["content-type"] == "application/json"
    assert "content-type" not in built(endpoint, method="GET", body=b"").headers


# --- in process ---


def test_echo_is_tried_in_this_process() -> None:
    async def run() -> tuple[list[Event], int | None]:
        endpoint = Endpoint("echo", "echo", "")
        made = exchange.exchange(Transport(), adapters.get("echo"), endpoint, ask("a b"), "")
        assert isinstance(made, LocalExchange)
        await made.open()
        found: list[Event] = []
        while batch := await made.next():
            found += batch
        await made.aclose()
        return found, made.status

    found, status = asyncio.run(run())
    assert (text_of(found), status) == ("a b", 200)
    assert isinstance(found[-1], End)


@pytest.mark.parametrize(
    ("event", "content"),
    [
        (Start(), False),
        (UsageReport(Usage()), False),
        (Finish("stop"), False),
        (End(), False),
        (TextDelta("x"), True),
        (ReasoningDelta("x"), True),
        (ToolStart(0, "c", "f"), True),
    ],
)
def test_only_what_a_client_could_see_is_content(event: Event, content: bool) -> None:
    assert is_content(event) is content
