"""Where traces go: from the environment, checked at start-up, shown without secrets."""

import base64
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core import checks
from django.core.management import CommandError, call_command

from lakehouse.observing.forwarding import target
from lakehouse.observing.forwarding.checks import traces_target
from lakehouse.server.doctor import Finding, State, traces
from providers.redact import redact
from tests.profiles.making import activated, profile
from tests.upstreams.base import Answer
from tests.upstreams.collector import Collector

CANARY = "canary-0123456789"


def found(endpoint: str = "", headers: str = "") -> list[tuple[str | None, str]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.LAKEHOUSE_OTLP_ENDPOINT", endpoint)
        patch.setattr("django.conf.settings.LAKEHOUSE_OTLP_HEADERS", headers)
        return [(message.id, f"{message.msg} {message.hint}") for message in traces_target(None)]


# --- the check ---


@pytest.mark.parametrize(
    "endpoint",
    ["", "https://c.example/v1/traces", "http://127.0.0.1:4318/v1/traces", "http://localhost:1/x"],
)
def test_a_good_endpoint_is_taken(endpoint: str) -> None:
    assert found(endpoint) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        f"https://me:{CANARY}@c.example/v1/traces",
        f"https://c.example/v1/traces?key={CANARY}",
        "c.example:4318",
        "ftp://c.example/v1/traces",
        "https://c.example/a b",
        "https:///v1/traces",
        "https://c.example:99999/v1/traces",
    ],
)
def test_nonsense_is_refused_without_repeating_it(endpoint: str) -> None:
    ((name, text),) = found(endpoint)
    assert name == "observing.E001"
    assert target.ENDPOINT in text and "https://collector.example/v1/traces" in text
    assert CANARY not in text


def test_plain_http_over_a_network_is_warned_of(settings: LazySettings) -> None:
    ((name, text),) = found("http://c.example:4318/v1/traces")
    assert name == "observing.W001" and "LAKEHOUSE_PLAIN_HTTP" in text
    settings.LAKEHOUSE_PLAIN_HTTP = True
    assert found("http://c.example:4318/v1/traces") == []


@pytest.mark.parametrize("headers", [CANARY, f"a b={CANARY}", f"x-key={CANARY}\r\nx: y", "x-key="])
def test_a_header_that_is_none_is_refused_by_its_place(headers: str) -> None:
    ((name, text),) = found(headers=f"x-one=1,{headers}")
    assert name == "observing.E002" and "entry 2" in text
    assert CANARY not in text


def test_the_check_is_registered() -> None:
    registered: set[object] = set(checks.registry.registry.registered_checks)
    assert traces_target in registered


# --- headers ---


def test_headers_are_names_and_values() -> None:
    text = "Authorization=Basic cGs6c2s=, x-two = a%2Cb ,"
    assert target.read_headers(text) == (("authorization", "Basic cGs6c2s="), ("x-two", "a,b"))


def test_their_values_are_known_to_the_redactor(settings: LazySettings) -> None:
    both = base64.b64encode(f"pk-{CANARY}:sq-{CANARY}".encode()).decode()
    settings.LAKEHOUSE_OTLP_HEADERS = f"authorization=Basic {both},x-key=plain%2C{CANARY}"
    target.learn_secrets()
    for value in (both, f"pk-{CANARY}", f"sq-{CANARY}", f"plain,{CANARY}"):
        assert redact.holds_secret(f"see {value} here")


# --- manage.py traces test, and the doctor ---


def said_of_test() -> str:
    out = StringIO()
    call_command("traces", "test", stdout=out)
    return out.getvalue()


def test_a_trace_is_sent_for_a_test(settings: LazySettings) -> None:
    with Collector() as collector:
        settings.LAKEHOUSE_OTLP_ENDPOINT = collector.endpoint
        settings.LAKEHOUSE_OTLP_HEADERS = f"x-key={CANARY}"
        said = said_of_test()
        assert [span.name for span in collector.spans] == ["lakehouse test"]
        assert collector.last.headers["x-key"] == CANARY
    assert "headers: x-key" in said and CANARY not in said


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "LAKEHOUSE_OTLP_HEADERS"), (404, "end in /v1/traces?"), (302, "never followed")],
)
def test_a_test_that_fails_says_what_to_do(settings: LazySettings, status: int, hint: str) -> None:
    with Collector() as collector:
        settings.LAKEHOUSE_OTLP_ENDPOINT = collector.endpoint
        collector.next(Answer.of(b"", status, headers={"location": "/elsewhere"}))
        with pytest.raises(CommandError, match=f"{collector.url} answered.*{hint}"):
            said_of_test()
        assert len(collector.ledger) == 1


def test_without_an_endpoint_there_is_nothing_to_test() -> None:
    with pytest.raises(CommandError, match="LAKEHOUSE_OTLP_ENDPOINT is not set"):
        said_of_test()


@pytest.mark.django_db
def test_the_doctor_tells_of_a_profile_that_forwards_to_nowhere(settings: LazySettings) -> None:
    def looked() -> Finding:
        (finding,) = traces.look()
        return finding

    assert looked().state is State.OK
    activated(profile("observer", "watch", langfuse=True))
    assert looked().state is State.PROBLEM and "watch@1" in looked().detail
    settings.LAKEHOUSE_OTLP_ENDPOINT = "https://c.example/v1/traces"
    assert looked().state is State.OK and "https://c.example" in looked().detail
