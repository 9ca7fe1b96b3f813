"""The metrics as Prometheus reads them: this process's families, and those of all workers in one.

Every series has a `worker` label. A worker that is replaced keeps its number, so that its
counters begin again as Prometheus expects of a restart, and no sum over processes falls.

One scrape of a port is all of its workers, whichever answers: a target is a machine's port,
not a process. Of several machines behind a balancer each is scraped by itself. For totals,
`sum without (worker) (rate(lakehouse_calls_total[5m]))`.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from lakehouse.gateway import live

if TYPE_CHECKING:
    from lakehouse.observing.here import Observing

STANDS = {"closed": 0, "half_open": 1, "open": 2}


class Family(msgspec.Struct):
    """A metric on its way between processes: samples are (name, labels, value)."""

    name: str
    help: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]


class Own(Collector):
    """What this process counted, and how it stands now."""

    def __init__(self, observing: "Observing") -> None:
        self._observing = observing
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: the registry need not collect to learn the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from self._counted()
        yield from self._standing()

    def families(self) -> list[Family]:
        worker = {"worker": str(self._observing.workers.number)}
        return [
            Family(
                metric.name,
                metric.documentation,
                metric.type,
                [(sample.name, sample.labels | worker, sample.value) for sample in metric.samples],
            )
            for metric in self.registry.collect()
        ]

    def _counted(self) -> Iterator[Metric]:
        metrics = self._observing.metrics
        calls = _counter("calls", "Calls that ended.", "provider", "operation", "outcome", "error")
        attempts = _counter("attempts", "Tries at providers.", "provider", "outcome")
        tokens = _counter("tokens", "Tokens of all tries.", "provider", "direction")
        cost = _counter("cost_usd", "US dollars, of tries with a known price.", "provider")
        whole = _histogram("call_seconds", "Whole time of complete calls.")
        first = _histogram("first_token_seconds", "Time to the first content.")
        for provider, tally in sorted(metrics.tallies.items()):
            for key, count in tally.calls.items():
                calls.add_metric([provider, *key], count)
            for outcome, count in tally.attempts.items():
                attempts.add_metric([provider, outcome], count)
            tokens.add_metric([provider, "input"], tally.input_tokens)
            tokens.add_metric([provider, "output"], tally.output_tokens)
            cost.add_metric([provider], tally.cost)
            whole.add_metric([provider], tally.whole.cumulative(), tally.whole.total)
            first.add_metric([provider], tally.first_token.cumulative(), tally.first_token.total)
        refusals = _counter("refusals", "Errors of the gateway's own, by their code.", "code")
        for code, count in metrics.refusals.items():
            refusals.add_metric([code], count)
        yield from (calls, attempts, tokens, cost, whole, first, refusals)

    def _standing(self) -> Iterator[Metric]:
        services, ring = self._observing.services, self._observing.ring
        recorder, log = services.recorder, self._observing.log
        about = _gauge("process", "Which process a worker is.", "instance_id", "host", "pid")
        about.add_metric([str(recorder.instance), recorder.host, str(recorder.pid)], 1)
        yield about
        breakers = _gauge("breaker", "0 closed, 1 half-open, 2 open.", "provider")
        for provider in live.current().endpoints:
            breakers.add_metric([provider], STANDS[services.breakers.standing(provider).state])
        yield breakers
        yield _gauge("open_calls", "Calls being served.", value=services.drain.open_calls)
        text = "Records of calls that the database has not yet."
        yield _gauge("records_waiting", text, value=recorder.waiting)
        text = "How long the longest waiting of them has waited."
        yield _gauge("records_waiting_seconds", text, value=recorder.oldest_secs)
        text = "1 when the last try to reach the database went well, and none hangs."
        yield _gauge("database_up", text, value=float(services.database_answers))
        text = "0 while Redis is away, and each process counts the limits of keys alone."
        yield _gauge("limits_together", text, value=float(services.limiter.healthy))
        traces = services.forwarder.counts()
        yield _count("traces_sent", "Traces that the collector took.", traces.sent)
        yield _count("traces_dropped", "Traces that were lost.", traces.dropped)
        yield _gauge("traces_waiting", "Traces that are not sent yet.", value=traces.waiting)
        yield _count("records_dropped", "Records of calls that were lost.", recorder.dropped)
        yield _count("ring_seen", "Calls that the ring was given.", ring.seen_in_all)
        yield _count("ring_fell_out", "Calls that the ring no longer has.", ring.fell_out)
        yield _count("call_lines_dropped", "Log lines of calls that were lost.", log.dropped)


def text(own: list[Family], others: Iterable[bytes], unheard: int) -> bytes:
    """All workers' metrics as one answer to a scrape."""
    merged: dict[str, Metric] = {}
    for family in [*own, *(f for told in others for f in msgspec.json.decode(told, type=Told))]:
        metric = merged.get(family.name)
        if metric is None:
            metric = merged[family.name] = Metric(family.name, family.help, family.type)
        for sample in family.samples:
            metric.add_sample(*sample)
    silent = _gauge("workers_unheard", "Workers that did not answer this scrape.", value=unheard)
    return generate_latest(_Fixed([*merged.values(), silent]))


Told = list[Family]


class _Fixed(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _counter(name: str, text: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"lakehouse_{name}", text, labels=labels)


def _count(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"lakehouse_{name}", text, value=value)


def _gauge(name: str, text: str, *labels: str, **value: Any) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lakehouse_{name}", text, labels=labels or None, **value)


def _histogram(name: str, text: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(f"lakehouse_{name}", text, labels=["provider"])
