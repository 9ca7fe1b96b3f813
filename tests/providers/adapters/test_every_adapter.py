"""What holds for every kind of provider, shown over loopback on each."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers import adapters
from providers.adapters.base import Adapter, Local, Outgoing
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError
from providers.events import End, Event, Fail, Finish, ToolArgs, ToolStart, UsageReport
from providers.messages import EmbeddingRequest, JsonSchema, Tool
from tests.conversation import ask, converse, endpoint_for, failure_of, feed, reasoning_of, text_of
from tests.upstreams.base import Answer, UpstreamServer
from tests.upstreams.kinds import ARGUMENTS, PLAYED, THOUGHT, TOOL

KINDS = [kind for kind in adapters.KINDS if not isinstance(adapters.get(kind), Local)]
HTML = b"<!doctype html><html><body>Welcome</body></html>"
KEY = "sk-live-0123456789abcdefABCDEF"
every_kind = pytest.mark.parametrize("kind", KINDS)
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, UpstreamServer]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(played.server()) for kind, played in PLAYED.items()}


@pytest.fixture
def server(servers: dict[str, UpstreamServer], kind: str) -> UpstreamServer:
    servers[kind].forget()
    return servers[kind]


def endpoint(kind: str, server: UpstreamServer) -> Endpoint:
    return endpoint_for(kind, server, PLAYED[kind].path)


def said(kind: str, server: UpstreamServer, stream: bool, **more: Any) -> list[Event]:
    request = ask("Hello there", PLAYED[kind].model, stream=stream, **more)
    secret = getattr(server, "key", "")
    return converse(endpoint(kind, server), request, server, secret)


def failed(kind: str, server: UpstreamServer, stream: bool) -> Failure:
    return failure_of(said(kind, server, stream))


def shortened(answer: Answer) -> Answer:
    """The first half of an answer, after which the connection is closed in good order."""
    body = b"".join(answer.chunks)
    return replace(answer, chunks=[body[: len(body) // 2]], framing="close")


def test_every_kind_has_a_server_that_plays_it() -> None:
    assert set(PLAYED) == set(KINDS)


# --- answers ---


@every_kind
@both_ways
def test_a_good_answer_is_text_a_finish_usage_and_an_end(
    kind: str, server: UpstreamServer, stream: bool
) -> None:
    events = said(kind, server, stream)
    assert text_of(events) == "Hello there"
    assert [e.reason for e in events if isinstance(e, Finish)] == ["stop"]
    assert [e.usage.output > 0 for e in events if isinstance(e, UsageReport)][-1]
    assert isinstance(events[-1], End)


@every_kind
def test_a_stream_in_single_bytes_is_the_same_stream(kind: str, server: UpstreamServer) -> None:
    whole = said(kind, server, True)
    server.spoil(lambda answer: replace(answer, slice=1))
    assert said(kind, server, True) == whole


@every_kind
@both_ways
def test_a_tool_call_has_its_name_and_its_arguments(
    kind: str, server: UpstreamServer, stream: bool
) -> None:
    server.next(PLAYED[kind].tool(stream))
    events = said(kind, server, stream, tools=(Tool(TOOL, None, {"type": "object"}),))
    assert [e.name for e in events if isinstance(e, ToolStart)] == [TOOL]
    arguments = "".join(e.fragment for e in events if isinstance(e, ToolArgs))
    assert json.loads(arguments) == ARGUMENTS
    assert [e.reason for e in events if isinstance(e, Finish)] == ["tool_calls"]


@every_kind
@both_ways
def test_reasoning_is_told_apart_from_text(kind: str, server: UpstreamServer, stream: bool) -> None:
    server.next(PLAYED[kind].thought(stream))
    events = said(kind, server, stream)
    assert (reasoning_of(events), text_of(events)) == (THOUGHT, "Hello there")


# --- faults ---


@every_kind
@both_ways
def test_half_an_answer_is_a_protocol_failure(
    kind: str, server: UpstreamServer, stream: bool
) -> None:
    server.spoil(shortened)
    assert failed(kind, server, stream).kind is ErrorKind.PROTOCOL


@every_kind
@both_ways
def test_a_cut_connection_is_a_protocol_failure(
    kind: str, server: UpstreamServer, stream: bool
) -> None:
    server.spoil(lambda answer: replace(answer, cut=sum(map(len, answer.chunks)) // 2))
    assert failed(kind, server, stream).kind is ErrorKind.PROTOCOL


@every_kind
@both_ways
@pytest.mark.parametrize("body", [HTML, b"", b"null", b"[1]", b"\xff\xfe\x00"])
def test_200_that_is_no_answer_is_a_protocol_failure(
    kind: str, server: UpstreamServer, stream: bool, body: bytes
) -> None:
    server.next(Answer.of(body, content_type="text/html"))
    assert failed(kind, server, stream).kind is ErrorKind.PROTOCOL


@every_kind
@pytest.mark.parametrize("body", [HTML, b"", b"{}", b"[]", b'{"error": 5}', b"\xff"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 418, 429, 500, 503, 529])
def test_every_status_has_a_failure_whatever_its_body(
    kind: str, server: UpstreamServer, status: int, body: bytes
) -> None:
    found = adapters.get(kind).failure(endpoint(kind, server), status, {}, body)
    assert found.status == status
    assert found.message
    assert "<html>" not in found.message


@every_kind
def test_a_key_that_an_error_quotes_is_taken_out(kind: str, server: UpstreamServer) -> None:
    quoting = {"error": {"message": f"look: {KEY}", "type": "x"}, "type": "error"}
    server.next(Answer.of(quoting, status=400))
    found = failed(kind, server, False)
    assert KEY not in repr(found)
    assert "look:" in found.message


@every_kind
def test_retry_after_is_read(kind: str, server: UpstreamServer) -> None:
    found = adapters.get(kind).failure(endpoint(kind, server), 429, {"retry-after": "12"}, b"{}")
    assert (found.kind, found.retry_after) == (ErrorKind.RATE_LIMIT, 12.0)


# --- the contract's words ---


@every_kind
def test_a_kind_says_who_it_is(kind: str) -> None:
    adapter = adapters.get(kind)
    assert (adapter.kind, bool(adapter.label)) == (kind, True)
    assert adapter is adapters.get(kind)


@every_kind
def test_a_secret_goes_into_headers_and_not_into_the_path(
    kind: str, server: UpstreamServer
) -> None:
    adapter, at = adapters.get(kind), endpoint(kind, server)
    assert any(KEY in value for _, value in adapter.auth_headers(KEY))
    asked = [adapter.chat(at, ask()), adapter.list_models(at), adapter.check(at)]
    assert all("key" not in one.path.lower().replace("/key", "") for one in asked if one)


@every_kind
def test_models_are_listed_by_a_free_call(kind: str, server: UpstreamServer) -> None:
    adapter, at = adapters.get(kind), endpoint(kind, server)
    outgoing = adapter.list_models(at)
    assert outgoing is not None
    assert (outgoing.method, outgoing.body) == ("GET", b"")


@every_kind
@pytest.mark.parametrize("body", [HTML, b"", b"null", b'"no"', b"\xff"])
def test_a_model_list_that_is_none_is_a_protocol_failure(kind: str, body: bytes) -> None:
    with pytest.raises(ProviderError) as raised:
        adapters.get(kind).read_models(body)
    assert raised.value.failure.kind is ErrorKind.PROTOCOL


@every_kind
@pytest.mark.parametrize("body", [HTML, b"", b"null", b"[1]", b'{"data": 5}', b"\xff"])
def test_embeddings_that_are_none_are_a_failure(kind: str, body: bytes) -> None:
    with pytest.raises(ProviderError) as raised:
        adapters.get(kind).read_embeddings(EmbeddingRequest("m", ("x",)), body)
    expected = ErrorKind.PROTOCOL if PLAYED[kind].embeds else ErrorKind.UNSUPPORTED
    assert raised.value.failure.kind is expected


@every_kind
def test_an_unknown_extra_is_reported_as_dropped(kind: str, server: UpstreamServer) -> None:
    outgoing = adapters.get(kind).chat(endpoint(kind, server), ask(extras={"moonlight": 1}))
    assert "moonlight" in outgoing.dropped
    assert b"moonlight" not in outgoing.body


# --- whatever comes ---

few = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
words = st.sampled_from(
    [
        *(
            b"data: ",
            b"event: ",
            b"\n\n",
            b"\r\n\r\n",
            b"[DONE]",
            b"{",
            b"}",
            b"[",
            b"]",
            b'"',
            b":",
        ),
        *(b'"choices"', b'"delta"', b'"content"', b'"error"', b'"type"', b'"message_start"', b","),
        *(b'"message"', b'"done"', b"true", b"null", b"1", b"-1e9", b'"candidates"', b'"parts"'),
        *(
            b'"text"',
            b'"usage"',
            b'"finish_reason"',
            b'"stop"',
            b'"tool_calls"',
            b'"index"',
            b"\xff",
        ),
    ]
)
schemas = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    *("type", "properties", "items", "anyOf", "oneOf", "allOf", "enum", "$ref"),
                    *("$defs", "required", "additionalProperties", "const", "prefixItems", "a"),
                ]
            ),
            inner,
        ),
    ),
    max_leaves=12,
).filter(lambda schema: isinstance(schema, dict))


def decoded(adapter: Adapter, stream: bool, data: bytes, size: int) -> list[Event]:
    at = Endpoint("p", adapter.kind, "http://h")
    return feed(adapter.decoder(at, ask(stream=stream)), data, size)


@every_kind
@few
@given(
    data=st.binary(max_size=200) | st.lists(words, max_size=40).map(b"".join),
    stream=st.booleans(),
    size=st.integers(0, 7),
)
def test_garbage_ends_once_and_never_in_an_exception(
    kind: str, data: bytes, stream: bool, size: int
) -> None:
    events = decoded(adapters.get(kind), stream, data, size)
    ends = [event for event in events if isinstance(event, Fail | End)]
    assert len(ends) == 1
    assert events[-1] is ends[0]


@every_kind
@few
@given(data=st.binary(max_size=100), status=st.integers(300, 599), more=st.text(max_size=20))
def test_an_error_of_any_shape_is_named(kind: str, data: bytes, status: int, more: str) -> None:
    at = Endpoint("p", kind, "http://h")
    found = adapters.get(kind).failure(at, status, {"retry-after": more}, data)
    assert found.message


@every_kind
@few
@given(schema=schemas, strict=st.sampled_from([None, True, False]))
def test_a_schema_of_any_shape_is_sent_or_refused(
    kind: str, schema: dict[str, Any], strict: bool | None
) -> None:
    request = ask(
        tools=(Tool("look", None, schema, strict),), output=JsonSchema("n", schema, strict)
    )
    try:
        sent = adapters.get(kind).chat(Endpoint("p", kind, "http://h"), request)
    except ProviderError as error:
        assert error.failure.param
    else:
        assert isinstance(sent, Outgoing)
        assert sent.body
