"""Sessions through the gateway: kept, recalled, and each turn only as far as its label goes."""

from typing import Any

import pytest

from tests.lakehouse.gateway.knowledge.knowing import (
    OPEN,
    VAULT,
    ask,
    document,
    policy,
    prompt,
)
from tests.serving import Gateway, events
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, call
from tests.upstreams.openai import document as whole


@pytest.fixture(scope="module", autouse=True)
def memory(shared_knowing: Gateway) -> None:
    policy(shared_knowing, "memory", "keeps", live=True)
    policy(shared_knowing, "retrieval", "vaulted")


def said(upstream: OpenAIServer) -> list[tuple[str, Any]]:
    return [(m["role"], m.get("content")) for m in upstream.last.json["messages"]]


def test_the_next_request_gets_what_was_said(
    knowing: Gateway, second_upstream: OpenAIServer
) -> None:
    ask(knowing, "I am Ana.", session_id="plain")
    answer = ask(knowing, "Who am I?", session_id="plain")
    expected = [("user", "I am Ana."), ("assistant", "Hello there"), ("user", "Who am I?")]
    assert said(second_upstream) == expected
    told = {"id": "plain", "messages_recalled": 2, "kept": True}
    assert answer.json()["lakehouse"]["session"] == told
    assert answer.headers["x-lakehouse-memory"] == "keeps@1"


def test_a_stream_is_kept_before_its_end_is_told(
    knowing: Gateway, second_upstream: OpenAIServer
) -> None:
    list(events(ask(knowing, "First.", session_id="streamed", stream=True)))
    ask(knowing, "Second.", session_id="streamed")
    assert [text for _, text in said(second_upstream)] == ["First.", "Hello there", "Second."]


def test_a_client_that_sends_the_history_again_does_not_double_it(
    knowing: Gateway, second_upstream: OpenAIServer
) -> None:
    ask(knowing, "One.", session_id="again")
    messages = [
        {"role": "user", "content": "One."},
        {"role": "assistant", "content": "Hello there"},
        {"role": "user", "content": "Two."},
    ]
    for _ in range(2):
        ask(knowing, "", session_id="again", messages=messages)
        assert [text for _, text in said(second_upstream)][:3] == ["One.", "Hello there", "Two."]
        messages += [
            {"role": "assistant", "content": "Hello there"},
            {"role": "user", "content": "Three."},
        ]
    assert len(said(second_upstream)) == 5


def test_a_tools_result_alone_finds_its_call_in_the_session(
    knowing: Gateway, second_upstream: OpenAIServer
) -> None:
    asked = whole(None, "tool_calls", tool_calls=[call(None, "c1", "look", "{}")])
    second_upstream.next(Answer.of(asked))
    ask(knowing, "Look it up.", session_id="tools")
    result = {"role": "tool", "tool_call_id": "c1", "content": "42"}
    assert ask(knowing, "", session_id="tools", messages=[result]).status_code == 200
    sent = second_upstream.last.json["messages"]
    assert [m["role"] for m in sent] == ["user", "assistant", "tool"]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"] == "c1"


def test_a_tools_result_alone_is_answered_with_the_passages_of_its_question(
    knowing: Gateway, second_upstream: OpenAIServer
) -> None:
    document(knowing, "Lamp", "The lighthouse lamp is CANARY-LAMP.")
    asked = whole(None, "tool_calls", tool_calls=[call(None, "c1", "look", "{}")])
    second_upstream.next(Answer.of(asked))
    ask(knowing, "Which lighthouse lamp?", session_id="lamp", retrieval="vaulted")
    result = {"role": "tool", "tool_call_id": "c1", "content": "42"}
    answer = ask(knowing, "", session_id="lamp", messages=[result], retrieval="vaulted")
    assert "CANARY-LAMP" in prompt(second_upstream)
    assert [each["title"] for each in answer.json()["lakehouse"]["citations"]] == ["Lamp"]


def test_a_result_whose_call_is_nowhere_is_refused(knowing: Gateway) -> None:
    result = {"role": "tool", "tool_call_id": "c9", "content": "42"}
    answer = ask(knowing, "", session_id="lost", messages=[result])
    assert answer.status_code == 400
    assert "answers no tool call" in answer.json()["error"]["message"]


def test_a_failed_call_leaves_nothing_in_the_session(
    knowing: Gateway, second_upstream: OpenAIServer
) -> None:
    second_upstream.next(Answer.of({"error": {"message": "no"}}, status=500))
    ask(knowing, "Lost.", session_id="failed")
    ask(knowing, "Kept.", session_id="failed")
    assert [text for _, text in said(second_upstream)] == ["Kept."]


def test_another_keys_session_of_the_same_name_is_another(
    knowing: Gateway, second_upstream: OpenAIServer
) -> None:
    ask(knowing, "Mine.", session_id="shared")
    ask(knowing, "Theirs.", knowing.live_key(), session_id="shared")
    assert [text for _, text in said(second_upstream)] == ["Theirs."]


def test_an_answer_from_secret_passages_is_not_recalled_for_a_lower_provider(
    knowing: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> None:
    document(knowing, "Vault", "The vault code is CANARY-VAULT.", "confidential")
    token = knowing.live_key(clearance="restricted")
    second_upstream.next(Answer.of(whole("It is CANARY-VAULT.")))
    ask(knowing, "vault code", token, session_id="vault", retrieval="vaulted")
    ask(knowing, "And now?", token, session_id="vault", provider=OPEN)
    assert "CANARY-VAULT" not in prompt(upstream)
    ask(knowing, "And now?", token, session_id="vault", provider=VAULT)
    assert "CANARY-VAULT" in prompt(second_upstream)


def test_secret_turns_that_a_client_sends_again_do_not_reach_a_lower_provider(
    knowing: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> None:
    document(knowing, "Cellar", "The cellar code is CANARY-CELLAR.", "confidential")
    token = knowing.live_key(clearance="restricted")
    second_upstream.next(Answer.of(whole("It is CANARY-CELLAR.")))
    ask(knowing, "cellar code", token, session_id="cellar", retrieval="vaulted")
    messages = [
        {"role": "user", "content": "cellar code"},
        {"role": "assistant", "content": "It is CANARY-CELLAR."},
        {"role": "user", "content": "Thanks."},
    ]
    answer = ask(knowing, "", token, session_id="cellar", messages=messages, provider=OPEN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "clearance")
    assert upstream.ledger == []


def test_a_result_whose_call_is_above_the_provider_is_a_matter_of_clearance(
    knowing: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer
) -> None:
    document(knowing, "Attic", "The attic code is CANARY-ATTIC.", "confidential")
    token = knowing.live_key(clearance="restricted")
    asked = whole(None, "tool_calls", tool_calls=[call(None, "c1", "look", "{}")])
    second_upstream.next(Answer.of(asked))
    ask(knowing, "attic code", token, session_id="attic", retrieval="vaulted")
    result = [{"role": "tool", "tool_call_id": "c1", "content": "42"}]
    answer = ask(knowing, "", token, session_id="attic", messages=result, provider=OPEN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "clearance")
    assert upstream.ledger == []


def test_a_call_may_say_that_it_wants_no_memory(knowing: Gateway) -> None:
    assert "lakehouse" in ask(knowing, "Hi.").json()
    answer = ask(knowing, "Hi.", memory=False)
    assert "lakehouse" not in answer.json()
    assert "x-lakehouse-memory" not in answer.headers


def test_a_session_without_a_memory_profile_is_refused(knowing: Gateway) -> None:
    knowing.rows("UPDATE profiles_memoryprofile SET live = false")
    knowing.caught_up()
    answer = ask(knowing, "Hi.", session_id="none")
    assert answer.status_code == 400
    assert "no memory profile is live" in answer.json()["error"]["message"]
    knowing.rows("UPDATE profiles_memoryprofile SET live = true WHERE name = 'keeps'")
    knowing.caught_up()
