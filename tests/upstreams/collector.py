"""A loopback server that takes traces over OTLP/HTTP, as an OpenTelemetry collector does."""

from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.upstreams.base import Answer, Asked, UpstreamServer


class Collector(UpstreamServer):
    @property
    def endpoint(self) -> str:
        return f"{self.url}/v1/traces"

    def respond(self, asked: Asked) -> Answer:
        return Answer.of(b"", content_type="application/x-protobuf")

    @property
    def spans(self) -> list[Span]:
        """Of every request so far, in their order."""
        return [span for asked in list(self.ledger) for span in spans_in(asked.body)]

    def trace(self, trace_id: str) -> list[Span]:
        return [span for span in self.spans if span.trace_id.hex() == trace_id]


def spans_in(body: bytes) -> list[Span]:
    sent = ExportTraceServiceRequest.FromString(body)
    return [
        span
        for resource in sent.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def attributes(span: Any) -> dict[str, Any]:
    """Of a span or an event, as Python's own values."""
    return {pair.key: _plain(pair.value) for pair in span.attributes}


def _plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(v) for v in value.array_value.values]
    return getattr(value, str(kind))
