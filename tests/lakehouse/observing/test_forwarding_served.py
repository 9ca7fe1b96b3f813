"""Traces of a real gateway process, taken by a real collector on loopback."""

import json
import statistics
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from pytest_django import DjangoDbBlocker

from lakehouse.gateway.traceparent import span_of
from tests.lakehouse.gateway.governed import ladder
from tests.lakehouse.observing.calls import GIVEN, PARENT, TRACE
from tests.serving import Gateway, body, events, gateway
from tests.upstreams.base import Answer
from tests.upstreams.collector import Collector, attributes
from tests.upstreams.openai import OpenAIServer

KEY, OTLP_KEY = "sk-canary-upstream-0123456789", "canary-collector-0123456789"
FAILING = '\n[providers.failing]\nkind = "echo"\noptions = { fail = "server" }\n'


@pytest.fixture(scope="module")
def upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as server:
        yield server


@pytest.fixture(scope="module")
def served(
    upstream: OpenAIServer,
    collector: Collector,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    providers = (
        '[providers.main]\nkind = "openai_compatible"\nauth = "TEST_KEY"\n'
        f'base_url = "{upstream.url}/v1"\ndefault_model = "m"\n{FAILING}'
    )
    settings = {
        "TEST_KEY": KEY,
        "LAKEHOUSE_OTLP_ENDPOINT": collector.endpoint,
        "LAKEHOUSE_OTLP_HEADERS": f"x-key={OTLP_KEY}",
    }
    folder = tmp_path_factory.mktemp("forwarding")
    with django_db_blocker.unblock(), gateway(folder, providers, settings=settings) as made:
        yield made


def observer(served: Gateway, name: str, **columns: Any) -> None:
    """A live observer profile, known to the process."""
    row = {"name": name, "description": "", "owner": "", "revision": 1, "live": False}
    row |= {"failure_cluster_size": 3, "failure_cluster_secs": 300, "alert_cooldown_secs": 300}
    row |= {"ring_size": 10, "langfuse": True, "langfuse_queue": 1000, "langfuse_content": False}
    row |= {"created": "now", "updated": "now"} | columns
    marks = ", ".join(["%s"] * len(row))
    table = "profiles_observerprofile"
    served.rows(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
    served.rows(f"UPDATE {table} SET live = false WHERE live")
    served.rows(f"UPDATE {table} SET activated_revision = 1, live = true WHERE name = %s", name)
    served.caught_up()


def counts(served: Gateway) -> dict[str, int]:
    with served.client("") as client:
        found: dict[str, int] = client.get("/readyz").json()["traces"]
        return found


def asked(served: Gateway, document: dict[str, Any], **headers: str) -> httpx.Response:
    with served.client() as client:
        return client.post("/v1/chat", json=document, headers=headers)


def trace_of(served: Gateway, collector: Collector, reply: httpx.Response) -> list[Span]:
    trace_id = uuid.UUID(reply.headers["x-request-id"]).hex
    found: list[Span] = served.eventually(lambda: collector.trace(trace_id))
    return found


def test_a_profile_turns_forwarding_on_without_a_restart(
    served: Gateway, collector: Collector, upstream: OpenAIServer
) -> None:
    asked(served, body("main/m"))
    assert counts(served) == {"produced": 0, "sent": 0, "dropped": 0, "waiting": 0}
    observer(served, "watch")
    reply = asked(served, body("main/m"))
    own, tried = trace_of(served, collector, reply)
    assert attributes(own)["lakehouse.revision.observer"] == "watch@1"
    assert attributes(tried)["gen_ai.usage.input_tokens"] == 12
    assert tried.span_id.hex() in upstream.last.headers["traceparent"]
    assert collector.last.headers["x-key"] == OTLP_KEY
    assert collector.last.headers["content-type"] == "application/x-protobuf"


def test_a_failure_and_the_try_that_helped_are_in_the_callers_trace(
    served: Gateway, collector: Collector
) -> None:
    rung = {"provider_id": "main", "on_errors": ["any"]}
    ladder(served, "climb", rung)
    reply = asked(served, body("failing/m", ladder="climb"), traceparent=GIVEN)
    assert reply.status_code == 200
    own, failed, helped = served.eventually(lambda: collector.trace(TRACE))
    call_id = uuid.UUID(reply.headers["x-request-id"])
    assert own.parent_span_id.hex() == PARENT and own.span_id.hex() == span_of(call_id)
    assert failed.status.code == Status.STATUS_CODE_ERROR
    assert attributes(failed)["error.type"] == "server"
    assert helped.parent_span_id == own.span_id
    assert own.status.code == helped.status.code == Status.STATUS_CODE_UNSET


def test_content_of_a_stream_goes_where_the_profile_says_so(
    served: Gateway, collector: Collector
) -> None:
    observer(served, "reading", langfuse_content=True)
    words = f"my key is {KEY}"
    reply = asked(served, body("main/m", words, stream=True))
    assert list(events(reply))[-1] == "[DONE]"
    tried = attributes(trace_of(served, collector, reply)[-1])
    (message,) = json.loads(tried["gen_ai.input.messages"])
    assert message["parts"][0]["content"] == "my key is [redacted]"
    (message,) = json.loads(tried["gen_ai.output.messages"])
    assert message["parts"][0]["content"] == "Hello there"


@pytest.mark.parametrize("stream", [False, True])
def test_confidential_content_goes_nowhere(
    served: Gateway, collector: Collector, stream: bool
) -> None:
    served.rows("UPDATE providers_provider SET clearance = 'confidential' WHERE name = 'main'")
    token = served.live_key(label=f"c-{stream}", clearance="confidential")
    document = body("main/m", "the secret plan", stream=stream, sensitivity="confidential")
    with served.client(token) as client:
        reply = client.post("/v1/chat", json=document)
    assert reply.status_code == 200, reply.text
    own, _ = trace_of(served, collector, reply)
    assert attributes(own)["lakehouse.label"] == "confidential"
    whole = b"".join(span.SerializeToString() for span in collector.spans)
    assert b"secret plan" not in whole


def test_no_key_is_in_any_trace(served: Gateway, collector: Collector) -> None:
    whole = b"".join(asked.body for asked in collector.ledger)
    assert b"canary" not in whole and served.token.encode() not in whole


def test_a_hanging_collector_costs_calls_nothing(served: Gateway, collector: Collector) -> None:
    def median() -> float:
        times = []
        with served.client() as client:
            for _ in range(60):
                started = time.perf_counter()
                client.post("/v1/chat", json=body("main/m"))
                times.append(time.perf_counter() - started)
        return statistics.median(times)

    served.eventually(lambda: counts(served)["waiting"] == 0)
    before = median()
    asked_so_far = len(collector.ledger)
    collector.next(Answer.of(b"", delay=1))
    served.chat("main/m")
    served.eventually(lambda: len(collector.ledger) > asked_so_far)
    assert median() - before < 0.005
    assert counts(served)["waiting"] >= 16


def test_what_waits_is_sent_before_the_end(served: Gateway, collector: Collector) -> None:
    served.eventually(lambda: counts(served)["waiting"] == 0, within=10)
    told = counts(served)
    assert told["produced"] == told["sent"] + told["dropped"]
    reply = served.chat("main/m")
    assert served.stop() == 0
    assert len(collector.trace(uuid.UUID(reply.headers["x-request-id"]).hex)) == 2
