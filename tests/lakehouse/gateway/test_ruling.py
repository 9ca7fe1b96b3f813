"""Truth rules on calls through a real gateway: what is sent, what is told, what is recorded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from tests.lakehouse.gateway.governed import profile
from tests.lakehouse.gateway.knowledge.knowing import policy
from tests.lakehouse.gateway.ruled import RULES, A, ask, row, rule_file, ruled_gateway
from tests.serving import Gateway, body, events
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, call, chunk, document, text_chunks


@pytest.fixture(scope="module")
def shared_ruled(
    shared_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("ruled")
    with django_db_blocker.unblock(), ruled_gateway(folder, shared_upstream) as made:
        yield made


@pytest.fixture
def ruled(shared_ruled: Gateway, upstream: OpenAIServer) -> Gateway:
    return shared_ruled


def prompts(upstream: OpenAIServer) -> list[Any]:
    return [message.get("content") for message in upstream.last.json["messages"]]


def spoken(answer: Any) -> str:
    deltas = [c["choices"][0]["delta"] for c in events(answer) if c != "[DONE]" and c["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


# --- requests ---


def test_a_call_that_no_rule_minds_is_as_ever(ruled: Gateway, upstream: OpenAIServer) -> None:
    answer = ask(ruled, "Hello")
    assert (answer.status_code, prompts(upstream)) == (200, ["Hello"])
    assert "x-lakehouse-rules" not in answer.headers
    assert row(ruled, answer)["rules"] == []


def test_what_is_redacted_reaches_neither_the_provider_nor_the_ledger(
    ruled: Gateway, upstream: OpenAIServer
) -> None:
    answer = ask(ruled, "The codeword is codeword.")
    assert prompts(upstream) == ["The *** is ***."]
    assert answer.headers["x-lakehouse-rules"] == "no-codeword"
    written = row(ruled, answer)
    fired = {"rule": "no-codeword", "stage": "request", "action": "redact"}
    assert written["rules"] == [fired]
    assert "codeword" not in json.dumps(written["request_body"])


def test_a_rejected_request_asks_nobody(ruled: Gateway, upstream: OpenAIServer) -> None:
    answer = ask(ruled, "codeword SHOUT")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["rule"]) == (
        *(422, "rule_rejected"),
        "no-shouting",
    )
    assert error["message"] == "Do not shout. (truth rule no-shouting)"
    assert answer.headers["x-should-retry"] == "false"
    assert not upstream.ledger
    written = row(ruled, answer)
    assert (written["outcome"], written["status"], written["error_kind"]) == (
        *("failed", 422),
        "rule_rejected",
    )
    assert [entry["rule"] for entry in written["rules"]] == ["no-codeword", "no-shouting"]


def test_a_blocked_request_alerts(ruled: Gateway, upstream: OpenAIServer) -> None:
    answer = ask(ruled, "a weapon", stream=True)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "rule_blocked")
    assert not upstream.ledger
    found = ruled.eventually(lambda: ruled.rows("SELECT * FROM observing_alert"))
    assert found[0]["subject"] == "Lakehouse: the truth rule no-weapons blocked a call"
    assert answer.headers["x-request-id"] in found[0]["body"]["remedy"]
    assert ask(ruled, "a weapon").status_code == 422


def test_the_task_class_is_the_requests_else_the_profiles(ruled: Gateway) -> None:
    profile(ruled, "noting", provider_id=A, task_class="notes")
    answer = ask(ruled, "x", provider=None, model=None, profile="noting")
    assert answer.headers["x-lakehouse-rules"] == "noted"
    assert row(ruled, answer)["task_class"] == "notes"
    answer = ask(ruled, "x", provider=None, model=None, profile="noting", task_class="other")
    assert "x-lakehouse-rules" not in answer.headers


def test_an_iteration_is_held_to_them_too(ruled: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document('{"card": "1234-5678"}')))
    with ruled.client() as client:
        sent = body("m", "The codeword.", provider=A, validators=["json"])
        answer = client.post("/v1/iterate", json=sent).json()["answer"]
    assert prompts(upstream) == ["The ***."]
    assert answer["choices"][0]["message"]["content"] == '{"card": "####"}'


def test_texts_to_embed_are_held_to_them_too(ruled: Gateway, upstream: OpenAIServer) -> None:
    sent = {"model": f"{A}/m", "input": ["The codeword.", "Hello"]}
    with ruled.client() as client:
        answer = client.post("/v1/embeddings", json=sent)
        assert upstream.last.json["input"] == ["The ***.", "Hello"]
        refused = client.post("/v1/embeddings", json=sent | {"input": "SHOUT"})
    assert answer.headers["x-lakehouse-rules"] == "no-codeword"
    assert (refused.status_code, refused.json()["error"]["rule"]) == (422, "no-shouting")
    assert len(upstream.ledger) == 1
    assert [entry["rule"] for entry in row(ruled, answer)["rules"]] == ["no-codeword"]


def test_explain_tells_which_rules_would_fire(ruled: Gateway, upstream: OpenAIServer) -> None:
    with ruled.client() as client:
        sent = body("m", "codeword SHOUT", provider=A, task_class="notes")
        told = client.post("/v1/chat/explain", json=sent).json()["rules"]
    assert [entry["rule"] for entry in told["fire"]] == ["no-codeword", "no-shouting"]
    assert (told["ends"], told["message"]) == ("no-shouting", "Do not shout.")
    assert told["on_answer"] == ["answer-numbers", "answer-forbidden"]
    assert not upstream.ledger


# --- answers ---


def test_a_whole_answer_is_redacted(ruled: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document("Card 1234-5678, yes.")))
    answer = ask(ruled, "x")
    assert answer.json()["choices"][0]["message"]["content"] == "Card ####, yes."
    assert answer.headers["x-lakehouse-rules"] == "answer-numbers"
    assert row(ruled, answer)["answer_text"] == "Card ####, yes."


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_what_an_answer_fails_does_not_say_what_was_redacted(
    ruled: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    schema = {"name": "s", "schema": {"type": "object", "additionalProperties": False}}
    held: dict[str, Any] = {"type": "json_schema", "json_schema": schema}
    for _ in range(2):
        upstream.next(Answer.of(document('{"1234-5678": 1}')))
    answer = ask(ruled, "x", response_format=held, repair=1, stream=stream)
    assert "does not know" in answer.text and "####" in answer.text
    assert "1234-5678" not in answer.text + str(answer.headers)
    written = [row(ruled, answer), *ruled.attempts(answer.headers["x-request-id"])]
    assert "1234-5678" not in json.dumps(written, default=str)


def test_the_arguments_of_a_tool_are_redacted(ruled: Gateway, upstream: OpenAIServer) -> None:
    asked = call(None, "c1", "pay", '{"card": "1234-5678"}')
    upstream.next(Answer.of(document(None, "tool_calls", tool_calls=[asked])))
    made = ask(ruled, "x").json()["choices"][0]["message"]["tool_calls"][0]["function"]
    assert made == {"name": "pay", "arguments": '{"card": "####"}'}


def test_a_rejected_answer_is_a_422_though_its_provider_did_well(
    ruled: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(document("This is forbidden.")))
    answer = ask(ruled, "x")
    assert (answer.status_code, answer.json()["error"]["rule"]) == (422, "answer-forbidden")
    assert "forbidden." not in answer.text
    written = row(ruled, answer)
    assert (written["outcome"], written["answer_text"]) == ("failed", None)
    assert ruled.attempts(answer.headers["x-request-id"])[0]["outcome"] == "complete"


def test_a_stream_is_redacted_across_its_pieces(ruled: Gateway, upstream: OpenAIServer) -> None:
    pieces = text_chunks("Card 12", "34-5", "678", ", yes.")
    upstream.next(Answer.stream(sse(*pieces), pause=0.01))
    answer = ask(ruled, "x", stream=True)
    assert spoken(answer) == "Card ####, yes."
    noted = [c["lakehouse"] for c in events(answer) if c != "[DONE]" and "lakehouse" in c]
    assert noted == [{"rules": ["answer-numbers"]}]
    written = row(ruled, answer)
    assert (written["outcome"], written["answer_text"]) == ("complete", "Card ####, yes.")
    assert [entry["rule"] for entry in written["rules"]] == ["answer-numbers"]


def test_a_rejected_stream_ends_before_the_word_goes_out(
    ruled: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(*text_chunks("This is for", "bidden", " and more"))))
    answer = ask(ruled, "x", stream=True)
    told = list(events(answer))
    assert "[DONE]" not in told
    assert told[-1]["error"]["rule"] == "answer-forbidden"
    assert "bidden" not in answer.text.replace("answer-forbidden", "")
    assert row(ruled, answer)["status"] == 422


def test_nothing_is_held_back_that_cannot_match(ruled: Gateway, upstream: OpenAIServer) -> None:
    more = [chunk(content=f"word{n} ") for n in range(3)]
    upstream.next(Answer.stream(sse(*more, chunk("stop"))))
    found = [c for c in events(ask(ruled, "x", stream=True)) if c != "[DONE]"]
    pieces = [c["choices"][0]["delta"].get("content") for c in found]
    assert [piece for piece in pieces if piece] == ["word0 ", "word1 ", "word2 "]


# --- sessions, and rules that change ---


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_session_keeps_what_was_left(
    ruled: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    if not stream:
        policy(ruled, "memory", "keeps", live=True)
        upstream.next(Answer.of(document("Card 1234-5678.")))
    else:
        upstream.next(Answer.stream(sse(*text_chunks("Card 1234-", "5678."))))
    name = f"s{stream}"
    list(events(ask(ruled, "My codeword", session_id=name, stream=stream)))
    ask(ruled, "And now?", session_id=name)
    assert prompts(upstream) == ["My ***", "Card ####.", "And now?"]


def test_rules_change_without_a_restart_and_a_bad_edit_changes_nothing(ruled: Gateway) -> None:
    file = rule_file(ruled)
    file.write_text(RULES.replace("codeword", "password"))
    ruled.eventually(lambda: "x-lakehouse-rules" in ask(ruled, "password").headers)
    file.write_text(RULES.replace("Redact", "Rewrite"))
    sql = "SELECT subject FROM observing_alert WHERE fingerprint LIKE 'truth:files:%%'"
    told = ruled.eventually(lambda: ruled.rows(sql), within=6)
    assert len(told) == 1 and "rules.toml:7" in told[0]["subject"]
    assert "x-lakehouse-rules" in ask(ruled, "password").headers
    file.write_text(RULES)
    ruled.eventually(lambda: "x-lakehouse-rules" in ask(ruled, "codeword").headers)
