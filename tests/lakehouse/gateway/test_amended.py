"""A request that is asked once more without what the upstream refused."""

from tests.serving import Gateway
from tests.upstreams import ollama
from tests.upstreams.base import UpstreamServer

Upstreams = dict[str, UpstreamServer]
DULL = "ollama/gemma3:4b"  # has no thinking, and says so with a 400


def test_it_is_asked_again_and_answered(served: Gateway, upstreams: Upstreams) -> None:
    answer = served.chat(DULL, reasoning_effort="high")
    assert answer.status_code == 200, answer.text
    first, second = upstreams["ollama"].ledger
    assert first.json["think"]
    assert not second.json.get("think")


def test_the_client_is_told_why(served: Gateway, upstreams: Upstreams) -> None:
    headers = served.chat(DULL, reasoning_effort="high").headers
    assert "does not support thinking" in headers["x-lakehouse-amended"]
    assert headers["x-lakehouse-dropped"] == "reasoning_effort"
    assert headers["x-lakehouse-attempts"] == "2"


def test_a_stream_is_asked_again_too(served: Gateway, upstreams: Upstreams) -> None:
    answer = served.chat(DULL, reasoning_effort="high", stream=True)
    assert answer.status_code == 200
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "x-lakehouse-amended" in answer.headers


def test_both_tries_are_recorded(served: Gateway, upstreams: Upstreams) -> None:
    row = served.call(served.chat(DULL, reasoning_effort="high").headers["x-request-id"])
    assert (row["outcome"], row["attempts_made"]) == ("complete", 2)
    first, second = served.attempts(row["id"])
    assert (first["number"], first["outcome"], first["status"]) == (1, "failed", 400)
    assert (second["number"], second["outcome"], second["status"]) == (2, "complete", 200)


def test_under_strict_it_is_refused_instead(served: Gateway, upstreams: Upstreams) -> None:
    answer = served.chat(DULL, reasoning_effort="high", strict=True)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "reasoning_effort")
    assert len(upstreams["ollama"].ledger) == 1


def test_a_second_refusal_is_the_answer(served: Gateway, upstreams: Upstreams) -> None:
    refusal = ollama.failed(400, '"gemma3:4b" does not support thinking')
    upstreams["ollama"].next(refusal, refusal)
    answer = served.chat(DULL, reasoning_effort="high")
    assert (answer.status_code, len(upstreams["ollama"].ledger)) == (400, 2)
    row = served.call(answer.headers["x-request-id"])
    assert (row["outcome"], row["attempts_made"]) == ("failed", 2)
    assert [attempt["outcome"] for attempt in served.attempts(row["id"])] == ["failed", "failed"]


def test_another_refusal_is_not_asked_again(served: Gateway, upstreams: Upstreams) -> None:
    upstreams["ollama"].next(ollama.failed(400, "invalid option"))
    assert served.chat(DULL, reasoning_effort="high").status_code == 400
    assert len(upstreams["ollama"].ledger) == 1
