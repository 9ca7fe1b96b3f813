"""POST /v1/embeddings through the served gateway."""

import base64
import signal
import socket
import struct
import threading
from typing import Any

import httpx
import pytest

from tests.lakehouse.gateway import bare
from tests.serving import Gateway
from tests.upstreams.base import Answer, UpstreamServer
from tests.upstreams.openai import OpenAIServer, embeddings, error

MODEL = "openai_compatible/embed-test"


def embed(served: Gateway, given: Any, model: str = MODEL, **fields: Any) -> httpx.Response:
    with served.client() as client:
        return client.post("/v1/embeddings", json={"model": model, "input": given, **fields})


def test_an_answer_has_openais_shape(served: Gateway, upstream: OpenAIServer) -> None:
    answer = embed(served, ["one", "two"]).json()
    assert (answer["object"], answer["model"]) == ("list", "embed-test")
    assert answer["data"][1] == {"object": "embedding", "index": 1, "embedding": [1.0, 1.0]}
    assert answer["usage"] == {"prompt_tokens": 6, "total_tokens": 6}


def test_base64_is_little_endian_float32(served: Gateway, upstream: OpenAIServer) -> None:
    data = embed(served, ["one", "two"], encoding_format="base64").json()["data"]
    assert struct.unpack("<2f", base64.b64decode(data[1]["embedding"])) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("one", ["one"]),
        (["one", "two"], ["one", "two"]),
        ([1, 2, 3], [[1, 2, 3]]),
        ([[1, 2], [3]], [[1, 2], [3]]),
    ],
    ids=["a text", "texts", "tokens", "lists of tokens"],
)
def test_every_form_of_input_is_sent_on(
    served: Gateway, upstream: OpenAIServer, given: Any, sent: Any
) -> None:
    assert embed(served, given).status_code == 200
    assert upstream.last.json["input"] == sent


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("", "input"),
        ([], "input"),
        (["one", ""], "input[1]"),
        ([[1], []], "input[1]"),
        (["one", 2], "input[1]"),
        ([1, "two"], "input[0]"),
        ([[1], "two"], "input[1]"),
        ([["one"]], "input[0][0]"),
        (None, "input"),
        ({"text": "one"}, "input"),
        (["x"] * 2049, "input"),
    ],
)
def test_input_of_no_use_is_named(
    served: Gateway, upstream: OpenAIServer, given: Any, place: str
) -> None:
    answer = embed(served, given)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith(place)
    assert upstream.ledger == []


def test_the_call_is_recorded_as_embeddings(served: Gateway, upstream: OpenAIServer) -> None:
    row = served.call(embed(served, "one").headers["x-request-id"])
    assert (row["operation"], row["outcome"], row["status"]) == ("embeddings", "complete", 200)
    assert (row["provider"], row["model"]) == ("openai_compatible", "embed-test")
    assert (row["input_tokens"], row["output_tokens"]) == (6, 0)
    (attempt,) = served.attempts(row["id"])
    assert attempt["outcome"] == "complete"


def test_an_upstreams_refusal_is_passed_on_and_recorded(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(error("no such model", code="model_not_found"), status=404))
    answer = embed(served, "one")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    row = served.call(answer.headers["x-request-id"])
    assert (row["outcome"], row["error_kind"]) == ("failed", "model_not_found")
    assert [a["status"] for a in served.attempts(row["id"])] == [404]


def test_fewer_vectors_than_texts_is_no_answer(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(embeddings(["one"])))
    answer = embed(served, ["one", "two"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_protocol")


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_numbers_that_no_float32_holds_are_no_answer(
    served: Gateway, upstream: OpenAIServer, encoding: str
) -> None:
    document = embeddings(["one"])
    document["data"][0]["embedding"] = [1e300, 1.0]
    upstream.next(Answer.of(document))
    answer = embed(served, "one", encoding_format=encoding)
    assert answer.status_code == (200 if encoding == "float" else 502)


def test_echo_embeds_without_a_network(served: Gateway) -> None:
    data = embed(served, ["abc", "abc", "xyz"], "echo", dimensions=8).json()["data"]
    assert [len(entry["embedding"]) for entry in data] == [8, 8, 8]
    assert data[0]["embedding"] == data[1]["embedding"] != data[2]["embedding"]


def test_a_field_that_cannot_be_honoured_is_named(
    served: Gateway, upstreams: dict[str, UpstreamServer]
) -> None:
    answer = embed(served, "one", "gemini", user="someone")
    assert answer.status_code == 200
    assert answer.headers["x-lakehouse-dropped"] == "user"
    assert served.call(answer.headers["x-request-id"])["dropped"] == ["user"]


def test_an_unknown_model_is_404(served: Gateway) -> None:
    answer = embed(served, "one", "no-such-model")
    assert answer.status_code == 404
    assert answer.json()["error"]["param"] == "model"


def test_a_dead_upstream_is_502(served: Gateway) -> None:
    answer = embed(served, "one", "gone")
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_unreachable")
    (attempt,) = served.attempts(served.call(answer.headers["x-request-id"])["id"])
    assert attempt["accepted"] is False


def test_the_total_time_is_bounded(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(embeddings(["one"]), delay=5))
    answer = embed(served, "one", "brief/m")
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "provider_timeout")


def test_leaving_closes_the_upstream_and_is_recorded(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(embeddings(["one"]), delay=20))
    before = served.recorded_ids()
    data = b'{"model": "openai_compatible", "input": "one"}'
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(bare.request(served, data, path=b"/v1/embeddings"))
        upstream.wait_for(lambda: upstream.ledger)
    upstream.wait_for(lambda: upstream.last.left_at)
    sql = "SELECT outcome, status FROM gateway_call WHERE id <> ALL(%s) AND outcome <> 'running'"
    (row,) = served.eventually(lambda: served.rows(sql, before))
    assert row == {"outcome": "client_closed", "status": 499}


def test_past_the_drains_budget_it_is_a_503_that_may_be_sent_again(
    impatient: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(embeddings(["one"]), delay=20))
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(embed(impatient, "one")))
    asking.start()
    upstream.wait_for(lambda: upstream.ledger)
    impatient.signal(signal.SIGTERM)
    assert impatient.process.wait(10) == 0
    asking.join(5)
    assert (answers[0].status_code, answers[0].headers["x-should-retry"]) == (503, "true")
    (row,) = impatient.rows("SELECT outcome FROM gateway_call")
    assert row["outcome"] == "shutdown"
