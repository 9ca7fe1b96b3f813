"""Two real worker processes behind one port: their metrics, rings and log lines."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoDbBlocker

from tests.redis import needs_redis, redis_server
from tests.serving import Gateway, gateway

pytestmark = needs_redis

PROVIDERS = """
[providers.echo]
kind = "echo"

[providers.down]
kind = "echo"
options = { fail = "server" }

[providers.buggy]
kind = "echo"
options = { fail = "nonsense" }
"""
CANARY = "canary-in-the-prompt"


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    """Each of its two workers has served calls."""
    folder = tmp_path_factory.mktemp("two")
    with (
        django_db_blocker.unblock(),
        redis_server() as redis,
        gateway(
            folder,
            PROVIDERS,
            "--workers",
            "2",
            settings={"LAKEHOUSE_LOG": "json", "CACHE_URL": redis.url},
            log=folder / "log",
        ) as made,
    ):
        made.token = made.live_key(label="manager", may_manage=True)
        made.eventually(lambda: made.chat("echo") and len(seen(made)) == 2, within=20)
        yield made


def scrape(served: Gateway) -> list[Any]:
    with served.client("") as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return [s for family in text_string_to_metric_families(answer.text) for s in family.samples]


def by_worker(served: Gateway, name: str, **labels: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for sample in scrape(served):
        if sample.name == name and labels.items() <= sample.labels.items():
            worker = sample.labels["worker"]
            found[worker] = found.get(worker, 0) + sample.value
    return found


def seen(served: Gateway) -> dict[str, float]:
    """Calls by worker, of those that had any."""
    counted = by_worker(served, "lakehouse_ring_seen_total")
    return {worker: count for worker, count in counted.items() if count}


def ring(served: Gateway, **query: str) -> Any:
    with served.client() as client:
        return client.get("/api/v1/observer/ring/", params=query).json()


def lines(served: Gateway) -> list[dict[str, Any]]:
    assert served.log is not None
    return [json.loads(line) for line in served.log.read_text().splitlines()]


def ended(served: Gateway, request_id: str) -> list[dict[str, Any]]:
    found = [line for line in lines(served) if line.get("request_id") == request_id]
    return found if any(line["message"] == "call ended" for line in found) else []


def test_whichever_worker_answers_a_scrape_it_has_every_call_of_both(served: Gateway) -> None:
    before = sum(by_worker(served, "lakehouse_calls_total").values())
    for _ in range(20):
        served.chat("echo")
    counted = [by_worker(served, "lakehouse_calls_total", provider="echo") for _ in range(6)]
    assert all(sum(one.values()) == before + 20 for one in counted)
    assert set(counted[0]) == {"1", "2"}
    assert len(by_worker(served, "lakehouse_process")) == 2


def test_a_worker_says_which_it_is_and_what_it_alone_saw(served: Gateway) -> None:
    told = ring(served)
    assert told["seen"] == seen(served)[str(told["worker"])]
    alive = served.rows("SELECT id, pid FROM gateway_instance")
    assert (told["instance"], told["pid"]) in [(str(row["id"]), row["pid"]) for row in alive]
    times = [call["finished_at"] for call in told["calls"]]
    assert times == sorted(times, reverse=True)


def test_the_ring_is_filtered_by_outcome_provider_and_key(served: Gateway) -> None:
    served.eventually(lambda: served.chat("down") and ring(served, outcome="failed")["matching"])
    failed = ring(served, outcome="failed", provider="down", key="manager")
    assert {call["error_kind"] for call in failed["calls"]} <= {"server"}
    assert ring(served, provider="nosuch")["calls"] == []


def test_a_call_has_one_line_under_its_id(served: Gateway) -> None:
    answer = served.chat("echo", CANARY)
    (line,) = served.eventually(lambda: ended(served, answer.headers["x-request-id"]))
    assert (line["logger"], line["key"], line["status"]) == ("lakehouse.calls", "manager", 200)
    assert line["input_tokens"] > 0


def test_what_goes_wrong_in_a_call_is_logged_under_its_id(served: Gateway) -> None:
    answer = served.chat("buggy", CANARY)
    assert answer.status_code == 500
    told = served.eventually(lambda: ended(served, answer.headers["x-request-id"]))
    assert {line["level"] for line in told} == {"info", "error"}
    assert any("Traceback" in line.get("traceback", "") for line in told)


def test_a_request_of_the_full_stack_has_an_id_too(served: Gateway) -> None:
    answer = httpx.get(f"{served.url}/api/v1/", headers={"host": "evil.example"}, trust_env=False)
    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 400
    served.eventually(lambda: any(line.get("request_id") == request_id for line in lines(served)))


def test_no_line_has_what_was_said_or_a_key(served: Gateway) -> None:
    secret = "sk-canary-0123456789"
    answer = served.chat(f"echo/{secret}", CANARY, stream=True)
    (line,) = served.eventually(lambda: ended(served, answer.headers["x-request-id"]))
    assert line["model"] == "[redacted]"
    said = str(lines(served))
    assert [text for text in (CANARY, secret, served.token) if text in said] == []
