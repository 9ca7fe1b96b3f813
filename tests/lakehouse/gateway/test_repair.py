"""`repair`: bad answers are sent back with what is wrong with them, so many times at most."""

import json
import socket
import time
from typing import Any

import httpx
import pytest

from tests.lakehouse.gateway.governed import ladder, profile
from tests.serving import Gateway, body
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, call, document, error

A, B = "openai_compatible-a", "openai_compatible-b"
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
WANTED = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
}
GOOD, BAD = '{"n": 1}', '{"n": "one"}'


def scripted(upstream: OpenAIServer, *answers: str, **more: Any) -> None:
    upstream.next(*(Answer.of(document(text), **more) for text in answers))


def ask(
    served: Gateway, provider: str | None = A, token: str = "", **fields: Any
) -> httpx.Response:
    sent = body("m", "Count.") | WANTED | fields
    if provider is None:
        del sent["model"]
    else:
        sent["provider"] = provider
    with served.client(token or None) as client:
        return client.post("/v1/chat", json=sent)


def text(answer: httpx.Response) -> Any:
    return answer.json()["choices"][0]["message"]["content"]


def repair(answer: httpx.Response) -> Any:
    return answer.json()["lakehouse"]["repair"]


def ledger(served: Gateway, answer: httpx.Response) -> list[tuple[str, str, str]]:
    call_id = answer.headers["x-request-id"]
    served.call(call_id)
    rows = served.attempts(call_id)
    return [(row["provider"], row["outcome"], row["error_kind"]) for row in rows]


FAILED = (A, "failed", "invalid_answer")


@pytest.mark.parametrize("bad", range(5))
def test_after_k_bad_answers_comes_the_good_one_where_there_are_rounds(
    governed: Gateway, upstream: OpenAIServer, bad: int
) -> None:
    rounds = 3
    scripted(upstream, *[BAD] * bad, GOOD)
    answer = ask(governed, repair=rounds)
    made = min(bad, rounds) + 1
    assert (answer.status_code, len(upstream.ledger)) == (200, made)
    assert text(answer) == (GOOD if bad <= rounds else BAD)
    assert ("x-lakehouse-invalid" in answer.headers) is (bad > rounds)
    assert ledger(governed, answer) == [FAILED] * (made - 1) + [(A, "complete", "")]
    assert answer.headers["x-lakehouse-attempts"] == str(made)


def test_the_model_is_told_what_was_wrong_with_its_own_words(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, BAD, GOOD)
    ask(governed, repair=1)
    question, said, told = upstream.last.json["messages"]
    assert (question["content"], said["role"], said["content"]) == ("Count.", "assistant", BAD)
    assert told["role"] == "user"
    wrong = "- schema, at $.n: It is a string of 3 characters, not integer."
    assert wrong in told["content"]


def test_every_answer_so_far_is_in_the_conversation(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, BAD, "no JSON", GOOD)
    ask(governed, repair=2)
    roles = [message["role"] for message in upstream.last.json["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


def test_what_does_not_converge_comes_back_with_all_errors(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, "no JSON", "{}")
    answer = ask(governed, repair=1)
    first, last = repair(answer)["attempts"]
    assert [e["kind"] for e in first["errors"]] == ["schema"]
    assert [e["message"] for e in last["errors"]] == ['"n" is missing.']
    assert answer.json()["lakehouse"]["invalid"] == last["errors"]
    assert answer.headers["x-lakehouse-invalid"] == 'json_schema: "n" is missing.'
    row = governed.call(answer.headers["x-request-id"])
    assert (row["outcome"], row["invalid"]) == ("complete", last["errors"])


def test_each_attempt_has_its_tokens_and_the_call_their_sum(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, BAD, BAD, GOOD)
    answer = ask(governed, repair=2)
    row = governed.call(answer.headers["x-request-id"])
    tokens = [r["output_tokens"] for r in governed.attempts(answer.headers["x-request-id"])]
    assert (tokens, row["output_tokens"], row["invalid"]) == ([5, 5, 5], 15, [])
    assert [each["output_tokens"] for each in repair(answer)["attempts"]] == tokens


def test_each_attempt_has_its_cost(governed: Gateway, upstream: OpenAIServer) -> None:
    scripted(upstream, BAD, GOOD)
    answer = ask(governed, repair=1, model="gpt-4o")
    row = governed.call(answer.headers["x-request-id"])
    costs = [r["cost"] for r in governed.attempts(answer.headers["x-request-id"])]
    assert row["cost"] == (None if None in costs else sum(costs))


def test_without_repair_a_bad_answer_is_told_and_asked_once(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, BAD)
    answer = ask(governed)
    assert (text(answer), len(upstream.ledger)) == (BAD, 1)
    (found,) = answer.json()["lakehouse"]["invalid"]
    assert (found["kind"], found["path"]) == ("schema", "$.n")
    assert "repair" not in answer.json()["lakehouse"]


def test_a_json_object_that_is_none_is_told(governed: Gateway, upstream: OpenAIServer) -> None:
    scripted(upstream, "Sure! {}")
    answer = ask(governed, response_format={"type": "json_object"})
    assert [e["validator"] for e in answer.json()["lakehouse"]["invalid"]] == ["json"]


def test_an_answer_that_is_held_to_nothing_is_as_ever(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    answer = ask(governed, response_format={"type": "text"})
    assert "lakehouse" not in answer.json()


def test_names_that_no_header_and_no_table_holds_are_told_and_recorded(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, json.dumps({"a\0\r\nx-evil: 1": {"n": "\ud83d\ude00"}}))
    closed = {"type": "object", "additionalProperties": {"type": "string"}}
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": closed}}
    answer = ask(governed, response_format=wanted)
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert len(governed.call(answer.headers["x-request-id"])["invalid"]) == 1


def test_an_empty_answer_is_asked_for_again(governed: Gateway, upstream: OpenAIServer) -> None:
    scripted(upstream, "", GOOD)
    answer = ask(governed, repair=1)
    assert text(answer) == GOOD
    assert repair(answer)["attempts"][0]["errors"][0]["kind"] == "completeness"


def test_an_answer_that_calls_tools_is_not_looked_at(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    calls = [call(None, "call_1", "f", "{}")]
    upstream.next(Answer.of(document("Let me see.", "tool_calls", tool_calls=calls)))
    answer = ask(governed, repair=2, tools=[{"type": "function", "function": {"name": "f"}}])
    assert (len(upstream.ledger), answer.json()["lakehouse"]["invalid"]) == (1, [])


def test_a_refusal_is_told_and_not_asked_again(governed: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document("", "content_filter")))
    answer = ask(governed, repair=3)
    assert len(upstream.ledger) == 1
    assert [e["kind"] for e in answer.json()["lakehouse"]["invalid"]] == ["policy"]


def test_a_schema_that_cannot_be_used_is_not_asked_again(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    wrong = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "strng"}}}
    scripted(upstream, GOOD)
    answer = ask(governed, repair=3, response_format=wrong)
    assert len(upstream.ledger) == 1
    assert "not valid at $.type" in answer.json()["lakehouse"]["invalid"][0]["message"]


def test_a_profiles_validators_hold_with_their_settings(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    validators = [{"max_length": {"words": 2}}, "language_of_refusal"]
    name = profile(governed, "short", provider_id=A, validators=validators)
    scripted(upstream, "one two three", "one two")
    answer = ask(governed, None, profile=name, repair=1, response_format={"type": "text"})
    assert text(answer) == "one two"
    assert "3 words" in repair(answer)["attempts"][0]["errors"][0]["message"]


# --- down a ladder ---


def test_a_rung_that_cannot_repair_hands_on_what_it_had(
    governed: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> None:
    name = ladder(governed, "handing", {"provider_id": B, "model": "m"})
    scripted(upstream, BAD, "{}")
    scripted(second_upstream, GOOD)
    answer = ask(governed, repair=1, ladder=name)
    said = [m["content"] for m in second_upstream.last.json["messages"]]
    assert (text(answer), said[1], said[3]) == (GOOD, BAD, "{}")
    assert '"n" is missing' in said[4]
    assert ledger(governed, answer) == [FAILED, FAILED, (B, "complete", "")]


def test_a_ladder_without_repair_hands_nothing_on(
    governed: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> None:
    name = ladder(governed, "plain", {"provider_id": B, "model": "m"})
    scripted(upstream, BAD)
    scripted(second_upstream, GOOD)
    assert text(ask(governed, ladder=name)) == GOOD
    assert len(second_upstream.last.json["messages"]) == 1


def test_without_repair_a_later_rungs_failure_is_the_calls(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = ladder(governed, "refused-later", {"provider_id": "refusing"})
    scripted(upstream, BAD)
    assert ask(governed, ladder=name).json()["error"]["code"] == "no_rung_answered"


# --- what stops it ---


def test_an_upstream_that_fails_meanwhile_leaves_the_last_answer(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, BAD)
    upstream.next(Answer.of(error("bad luck"), 400))
    answer = ask(governed, repair=2)
    assert (answer.status_code, text(answer)) == (200, BAD)
    assert repair(answer)["stopped"]["why"] == "failed"
    assert "x-lakehouse-invalid" in answer.headers
    kinds = [(outcome, kind) for _, outcome, kind in ledger(governed, answer)]
    assert kinds == [("failed", "invalid_answer"), ("failed", "bad_request")]


def test_the_deadline_is_for_all_rounds_together(governed: Gateway, upstream: OpenAIServer) -> None:
    name = ladder(governed, "hurried", {"provider_id": "off"}, deadline=0.5)
    scripted(upstream, BAD)
    scripted(upstream, GOOD, delay=5.0)
    began = time.monotonic()
    answer = ask(governed, repair=2, ladder=name)
    assert time.monotonic() - began < 2
    assert (text(answer), repair(answer)["stopped"]["why"]) in ((BAD, "deadline"), (BAD, "failed"))
    upstream.wait_for(lambda: upstream.last.left_at)


def test_each_round_counts_for_the_keys_limit(governed: Gateway, upstream: OpenAIServer) -> None:
    token = governed.live_key(requests_per_minute=2)
    scripted(upstream, *[BAD] * 4)
    answer = ask(governed, token=token, repair=5)
    assert (answer.status_code, len(upstream.ledger)) == (200, 2)
    assert repair(answer)["stopped"]["why"] == "rate_limit_exceeded"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_client_that_leaves_in_the_middle_closes_the_upstream(
    governed: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    scripted(upstream, BAD)
    scripted(upstream, GOOD, delay=30)
    data = json.dumps(body(f"{A}/m") | WANTED | {"repair": 2, "stream": stream}).encode()
    head = (
        f"POST /v1/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {governed.token}\r\n"
        f"content-length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", governed.port)) as client:
        client.sendall(head.encode() + data)
        upstream.wait_for(lambda: len(upstream.ledger) == 2)
        time.sleep(0.05)
    left = time.monotonic()
    upstream.wait_for(lambda: upstream.last.left_at)
    assert upstream.last.left_at is not None
    assert upstream.last.left_at - left < 0.25


@pytest.mark.parametrize("value", [6, -1, "2", 1.5])
def test_repair_is_a_whole_number_to_five(governed: Gateway, value: Any) -> None:
    answer = ask(governed, repair=value)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "repair")
