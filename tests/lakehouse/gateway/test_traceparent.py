"""Trace context: read from the caller, kept in the ledger, sent on to every provider."""

import uuid

import httpx
import pytest

from lakehouse.gateway.traceparent import Trace, onward, parent_of, span_of, trace_of
from providers import adapters
from providers.adapters.base import Outgoing
from providers.endpoint import Endpoint
from providers.exchange import build
from providers.transport import Transport
from tests.lakehouse.gateway import house
from tests.serving import Gateway, body, events
from tests.upstreams.openai import OpenAIServer

CALL = uuid.UUID("0199c0de-0000-7000-8000-00000000abcd")
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{PARENT}-01"
CHAT, EMBED = "/v1/chat", "/v1/embeddings"


# --- reading ---


def test_a_callers_trace_goes_on() -> None:
    trace = trace_of(CALL, GIVEN, "a=1, b@c=2")
    assert trace == Trace(TRACE, GIVEN, "a=1,b@c=2")
    assert parent_of(trace.given) == PARENT


def test_without_one_the_trace_is_the_calls_own() -> None:
    assert trace_of(CALL, "", "a=1") == Trace(CALL.hex)


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    given = f"cc-{TRACE}-{PARENT}-01"
    assert trace_of(CALL, f"{given}-what-comes", "").given == given


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        GIVEN.upper(),
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"cc-{TRACE}-{PARENT}-01more",
        f"00-{TRACE}-{PARENT}-0",
        f"{GIVEN},{GIVEN}",
        f"00-{TRACE}-{PARENT}-0\u0661",
    ],
)
def test_what_cannot_be_read_counts_as_absent(header: str) -> None:
    assert trace_of(CALL, header, "a=1") == Trace(CALL.hex)


@pytest.mark.parametrize(
    "state", ["no equals", "A=1", "a=", "a=x=y", ",".join(f"k{n}=1" for n in range(33)), "a=\u00e9"]
)
def test_a_tracestate_that_cannot_be_read_is_left_out(state: str) -> None:
    assert trace_of(CALL, GIVEN, state).state == ""


def test_a_long_tracestate_loses_its_last_members() -> None:
    members = [f"k{n}={'v' * 96}" for n in range(9)]
    state = trace_of(CALL, GIVEN, ",".join(members)).state
    assert state == ",".join(members[:5]) and len(state) <= 512


# --- sending on ---


def test_each_try_has_a_span_of_its_own() -> None:
    spans = [span_of(CALL, number) for number in range(40)]
    assert len(set(spans)) == 40
    assert all(len(span) == 16 and int(span, 16) for span in spans)


@pytest.mark.parametrize(
    ("flags", "sampled", "sent"),
    [
        ("01", False, "01"),
        ("00", True, "00"),
        ("ff", False, "03"),
        ("", True, "01"),
        ("", False, "00"),
    ],
)
def test_the_caller_decides_on_sampling_where_it_says(flags: str, sampled: bool, sent: str) -> None:
    trace = trace_of(CALL, f"00-{TRACE}-{PARENT}-{flags}" if flags else "", "")
    (header,) = onward(trace, PARENT, sampled=sampled)
    assert header == ("traceparent", f"00-{trace.id}-{PARENT}-{sent}")


def test_the_operators_header_stays() -> None:
    own = Endpoint("p", "openai_compatible", "https://h", headers=(("Traceparent", "theirs"),))
    message = build(own, adapters.get(own.kind), Outgoing("GET", "/x"), "")
    transport = Transport().adding((("traceparent", "ours"), ("tracestate", "a=1")))
    transport.add_to(message)
    assert message.headers.get_list("traceparent") == ["theirs"]


# --- over the line ---


def asked(served: Gateway, path: str, document: object, **headers: str) -> httpx.Response:
    with served.client() as client:
        return client.post(path, json=document, headers=headers)


def test_a_provider_is_sent_a_child_of_the_callers_span(
    served: Gateway, upstream: OpenAIServer
) -> None:
    reply = asked(served, CHAT, body(house.MODEL), traceparent=GIVEN, tracestate="a=1")
    call_id = uuid.UUID(reply.headers["x-request-id"])
    sent = upstream.last.headers
    assert sent["traceparent"] == f"00-{TRACE}-{span_of(call_id, 1)}-01"
    assert sent["tracestate"] == "a=1"
    assert served.call(str(call_id))["trace_id"] == TRACE


def test_a_stream_is_traced_as_well(served: Gateway, upstream: OpenAIServer) -> None:
    reply = asked(served, CHAT, body(house.MODEL, stream=True), traceparent=GIVEN)
    assert list(events(reply))[-1] == "[DONE]"
    assert upstream.last.headers["traceparent"].startswith(f"00-{TRACE}-")


def test_embeddings_are_traced_as_well(served: Gateway, upstream: OpenAIServer) -> None:
    reply = asked(served, EMBED, {"model": house.MODEL, "input": "x"}, traceparent=GIVEN)
    assert reply.status_code == 200
    assert upstream.last.headers["traceparent"].startswith(f"00-{TRACE}-")
    assert served.call(reply.headers["x-request-id"])["trace_id"] == TRACE


@pytest.mark.parametrize("header", [{}, {"traceparent": "nonsense"}, {"tracestate": "a=1"}])
def test_without_a_trace_the_provider_is_sent_the_calls_own(
    served: Gateway, upstream: OpenAIServer, header: dict[str, str]
) -> None:
    reply = asked(served, CHAT, body(house.MODEL), **header)
    call_id = uuid.UUID(reply.headers["x-request-id"])
    sent = upstream.last.headers
    assert sent["traceparent"] == f"00-{call_id.hex}-{span_of(call_id, 1)}-00"
    assert "tracestate" not in sent
    assert served.call(str(call_id))["trace_id"] == call_id.hex
