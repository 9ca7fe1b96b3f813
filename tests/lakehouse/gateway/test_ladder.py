"""Climbing: what leads on to the next rung, what does not, and what is told of it."""

import time
from typing import Any

import httpx
import pytest

from tests.lakehouse.gateway.governed import FAILING, ladder, profile
from tests.serving import Gateway, body, events
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, chunk, document, text_chunks, usage_chunk

A, B, ECHO = "openai_compatible-a", "openai_compatible-b", {"provider_id": "echo"}


_unused = iter(FAILING)


@pytest.fixture
def failing() -> str:
    """A provider that fails, and whose breaker is closed."""
    return next(_unused)


@pytest.fixture(autouse=True)
def breakers_closed(governed: Gateway) -> None:
    """What an earlier test's failures opened is closed by a call that goes well."""
    with governed.client("") as client:
        told = {standing["provider"] for standing in client.get("/readyz").json()["breakers"]}
    for provider in told & {A, B}:
        assert ask(governed, provider).status_code == 200


def ask(served: Gateway, provider: str | None, **fields: Any) -> httpx.Response:
    sent = body("m") | fields
    if provider is None:
        del sent["model"]
    else:
        sent["provider"] = provider
    with served.client() as client:
        return client.post("/v1/chat", json=sent)


def ledger(served: Gateway, answer: httpx.Response) -> list[tuple[str, str, str]]:
    call_id = answer.headers["x-request-id"]
    served.call(call_id)
    rows = served.attempts(call_id)
    return [(row["provider"], row["outcome"], row["error_kind"]) for row in rows]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_failure_before_the_first_content_goes_to_the_next_rung(
    governed: Gateway, stream: bool, failing: str
) -> None:
    name = ladder(governed, "one", ECHO)
    answer = ask(governed, failing, ladder=name, stream=stream)
    assert answer.status_code == 200
    assert answer.headers["x-lakehouse-provider"] == "echo"
    assert answer.headers["x-lakehouse-attempts"] == "2"
    assert ledger(governed, answer) == [(failing, "failed", "server"), ("echo", "complete", "")]


def test_a_failure_after_the_first_content_never_does(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = ladder(governed, "one", ECHO)
    upstream.next(Answer.stream(sse(chunk(content="Hel"), done=False)))
    answer = ask(governed, A, ladder=name, stream=True)
    assert "[DONE]" not in list(events(answer))
    assert [provider for provider, *_ in ledger(governed, answer)] == [A]


def test_a_stream_that_began_with_waiting_can_still_go_on_and_claims_nobody(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of({"error": {"message": "down"}}, 500, delay=0.7))
    answer = ask(governed, A, ladder=ladder(governed, "one", ECHO), stream=True)
    assert "x-lakehouse-provider" not in answer.headers
    assert list(events(answer))[-1] == "[DONE]"
    assert [provider for provider, *_ in ledger(governed, answer)] == [A, "echo"]


def test_a_profiles_ladder_is_climbed(governed: Gateway, failing: str) -> None:
    ladder(governed, "of-a-profile", ECHO)
    name = profile(governed, "laddered", provider_id=failing, ladder_id="of-a-profile")
    answer = ask(governed, None, profile=name)
    assert answer.headers["x-lakehouse-provider"] == "echo"
    assert governed.call(answer.headers["x-request-id"])["ladder"] == "of-a-profile"


def test_a_streamed_answer_names_the_model_that_answers(governed: Gateway, failing: str) -> None:
    name = ladder(governed, "named", {"provider_id": "echo", "model": "the-other"})
    answer = ask(governed, failing, ladder=name, stream=True)
    models = {event["model"] for event in events(answer) if event != "[DONE]"}
    assert models == {"the-other"}


def test_a_rungs_parameters_take_the_place_of_the_calls(
    governed: Gateway, second_upstream: OpenAIServer, failing: str
) -> None:
    rung = {"provider_id": B, "parameters": {"temperature": 0}}
    name = ladder(governed, "cold", rung)
    ask(governed, failing, ladder=name, temperature=1.5)
    assert second_upstream.last.json["temperature"] == 0


# --- what leads on ---


def test_a_refusal_is_not_routed_around(governed: Gateway) -> None:
    name = ladder(governed, "one", ECHO)
    answer = ask(governed, "refusing", ladder=name)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "content_filter")
    assert [provider for provider, *_ in ledger(governed, answer)] == ["refusing"]


def test_a_refusal_leads_on_where_the_rung_says_so(governed: Gateway) -> None:
    refusing = {"provider_id": "refusing", "on_errors": ["content_filter"]}
    answer = ask(governed, None, ladder=ladder(governed, "around", refusing, ECHO))
    assert answer.headers["x-lakehouse-provider"] == "echo"


def test_a_rung_leads_on_only_from_the_kinds_it_names(governed: Gateway, failing: str) -> None:
    rung = {"provider_id": failing, "on_errors": ["timeout"]}
    answer = ask(governed, None, ladder=ladder(governed, "narrow", rung, ECHO))
    assert (answer.status_code, answer.json()["error"]["kind"]) == (502, "server")


EMPTY = {
    "empty": (document(""), sse(chunk(content=""), chunk("stop"), usage_chunk())),
    "length": (document("", "length"), sse(chunk(content=""), chunk("length"), usage_chunk())),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("ending", EMPTY)
def test_an_answer_without_content_leads_on(
    governed: Gateway, upstream: OpenAIServer, ending: str, stream: bool
) -> None:
    whole, chunks = EMPTY[ending]
    upstream.next(Answer.stream(chunks) if stream else Answer.of(whole))
    answer = ask(governed, A, ladder=ladder(governed, "one", ECHO), stream=stream)
    assert answer.headers["x-lakehouse-provider"] == "echo"
    assert ledger(governed, answer)[0] == (A, "failed", f"{ending}_answer")


def test_a_bad_answers_tokens_are_counted(governed: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document("")))
    answer = ask(governed, A, ladder=ladder(governed, "one", ECHO))
    call = governed.call(answer.headers["x-request-id"])
    tries = governed.attempts(answer.headers["x-request-id"])
    assert tries[0]["output_tokens"] > 0
    assert call["output_tokens"] == sum(row["output_tokens"] for row in tries)


def test_an_answer_that_fails_validation_leads_on(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(document("not JSON")))
    wanted = {"response_format": {"type": "json_object"}}
    answer = ask(governed, A, ladder=ladder(governed, "one", ECHO), **wanted)
    assert answer.headers["x-lakehouse-provider"] == "echo"
    assert "x-lakehouse-invalid" not in answer.headers


def test_the_last_rungs_bad_answer_is_the_answer(governed: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document("")))
    rung = {"provider_id": A, "model": "m", "on_answers": ["empty"]}
    answer = ask(governed, None, ladder=ladder(governed, "alone", rung))
    assert (answer.status_code, answer.json()["choices"][0]["message"]["content"]) == (200, "")


# --- what is skipped, and when nothing is left ---


def test_each_rung_tried_or_skipped_is_recorded_and_told(governed: Gateway, failing: str) -> None:
    name = ladder(governed, "all", {"provider_id": "off"}, {"provider_id": failing})
    answer = ask(governed, "limited", ladder=name)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (502, "no_rung_answered")
    told = [(rung["provider"], rung["outcome"], rung["kind"]) for rung in error["rungs"]]
    assert told == [
        ("limited", "failed", "rate_limit"),
        ("off", "skipped", "disabled"),
        (failing, "failed", "server"),
    ]
    assert ledger(governed, answer) == told


def test_the_ladders_deadline_holds_over_all_rungs(
    governed: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> None:
    for server in (upstream, second_upstream):
        server.next(Answer.of(document(), delay=5.0))
    name = ladder(governed, "quick", {"provider_id": B, "model": "m"}, deadline=0.4)
    began = time.monotonic()
    answer = ask(governed, A, ladder=name)
    assert 0.4 <= time.monotonic() - began < 2
    assert answer.status_code == 504
    assert "its share of the deadline of the ladder quick" in answer.json()["error"]["message"]


def test_a_provider_that_hangs_leaves_the_rungs_their_time_and_its_breaker_closed(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = ladder(governed, "patient", ECHO, deadline=0.4)
    for _ in range(4):
        upstream.next(Answer.of(document(), delay=5.0))
        answer = ask(governed, A, ladder=name)
        assert answer.headers["x-lakehouse-provider"] == "echo"
        assert ledger(governed, answer)[0] == (A, "failed", "timeout")


def test_a_stream_that_flows_is_not_cut_by_the_ladders_deadline(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = ladder(governed, "brief", ECHO, deadline=0.4)
    upstream.next(Answer.stream(sse(*text_chunks(*"abcdef")), pause=0.15))
    assert list(events(ask(governed, A, ladder=name, stream=True)))[-1] == "[DONE]"


def test_the_shortest_retry_after_is_passed_on_when_all_fail(
    governed: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> None:
    limit = {"error": {"message": "slow down", "type": "rate_limit_error"}}
    for server, secs in ((upstream, "2"), (second_upstream, "1")):
        server.next(Answer.of(limit, 429, headers={"retry-after": secs}))
    answer = ask(governed, A, ladder=ladder(governed, "busy", {"provider_id": B, "model": "m"}))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_a_provider_that_asked_us_to_wait_is_skipped(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    limit = {"error": {"message": "slow down", "type": "rate_limit_error"}}
    upstream.next(Answer.of(limit, 429, headers={"retry-after": "1"}))
    name = ladder(governed, "one", ECHO)
    ask(governed, A, ladder=name)
    answer = ask(governed, A, ladder=name)
    assert ledger(governed, answer)[0] == (A, "skipped", "breaker")


def test_a_breaker_opens_is_told_and_closes_by_one_real_call(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = ladder(governed, "one", ECHO)
    upstream.next(*[Answer.of({"error": {"message": "down"}}, 500) for _ in range(3)])
    for _ in range(3):
        ask(governed, A, ladder=name)
    skipped = ask(governed, A, ladder=name)
    assert ledger(governed, skipped)[0] == (A, "skipped", "breaker")
    governed.eventually(lambda: governed.rows("SELECT 1 FROM gateway_breaker"))
    time.sleep(0.45)
    assert ask(governed, A, ladder=name).headers["x-lakehouse-provider"] == A
    governed.eventually(lambda: not governed.rows("SELECT 1 FROM gateway_breaker"))


def test_a_call_without_a_ladder_passes_an_open_breaker(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(*[Answer.of({"error": {"message": "down"}}, 500) for _ in range(3)])
    for _ in range(3):
        ask(governed, A)
    assert ask(governed, A).status_code == 200


def test_a_gated_provider_is_refused_at_run_time_too(governed: Gateway, failing: str) -> None:
    """As if the database had let it through: the trigger is off for this one row."""
    name = ladder(governed, "gate", ECHO)
    governed.rows("ALTER TABLE profiles_rung DISABLE TRIGGER rung_must_be_unattended")
    governed.rows(
        "UPDATE profiles_rung SET provider_id = 'gated' WHERE ladder_id = "
        "(SELECT id FROM profiles_ladder WHERE name = 'gate')"
    )
    governed.rows("ALTER TABLE profiles_rung ENABLE TRIGGER rung_must_be_unattended")
    governed.caught_up()
    answer = ask(governed, failing, ladder=name)
    assert ledger(governed, answer)[1] == ("gated", "skipped", "unattended")
