"""Fields that an upstream cannot honour: named in a header, or refused under `strict`."""

from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway, body
from tests.upstreams.base import UpstreamServer

Upstreams = dict[str, UpstreamServer]


def test_a_dropped_field_is_named_in_a_header(served: Gateway, upstreams: Upstreams) -> None:
    answer = served.chat("kimi", temperature=0.3)
    assert answer.status_code == 200
    assert answer.headers["x-lakehouse-dropped"] == "temperature"
    assert "temperature" not in upstreams["kimi"].last.json


def test_several_dropped_fields_are_each_named_once(served: Gateway) -> None:
    answer = served.chat("echo", verbosity="low", service_tier="flex", store=True)
    dropped = answer.headers["x-lakehouse-dropped"].split(", ")
    assert sorted(dropped) == ["service_tier", "store", "verbosity"]


def test_what_was_dropped_is_in_the_ledger(served: Gateway) -> None:
    call_id = served.chat("echo", verbosity="low").headers["x-request-id"]
    assert served.call(call_id)["dropped"] == ["verbosity"]


def test_a_stream_names_them_too(served: Gateway, upstreams: Upstreams) -> None:
    answer = served.chat("kimi", temperature=0.3, stream=True)
    assert answer.headers["x-lakehouse-dropped"] == "temperature"


def test_nothing_dropped_means_no_header(served: Gateway, upstreams: Upstreams) -> None:
    assert "x-lakehouse-dropped" not in served.chat(MODEL, temperature=0.3).headers


def test_under_strict_it_is_refused_before_the_upstream_is_asked(
    served: Gateway, upstreams: Upstreams
) -> None:
    answer = served.chat("kimi", temperature=0.3, strict=True)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unsupported_parameter")
    assert error["param"] == "temperature"
    assert "kimi cannot honour temperature" in error["message"]
    assert upstreams["kimi"].ledger == []


def test_a_strict_stream_is_refused_with_a_status(served: Gateway, upstreams: Upstreams) -> None:
    with served.client() as client:
        answer = client.post(
            "/v1/chat", json=body("kimi", temperature=0.3, strict=True, stream=True)
        )
    assert answer.status_code == 400
    assert upstreams["kimi"].ledger == []


def test_strict_lets_pass_what_can_be_honoured(served: Gateway, upstreams: Upstreams) -> None:
    assert served.chat(MODEL, temperature=0.3, strict=True).status_code == 200


def test_a_refusal_under_strict_is_recorded_as_not_sent(
    served: Gateway, upstreams: Upstreams
) -> None:
    row = served.call(served.chat("kimi", temperature=1, strict=True).headers["x-request-id"])
    assert (row["outcome"], row["status"], row["dropped"]) == ("failed", 400, ["temperature"])
    assert [a["outcome"] for a in served.attempts(row["id"])] == ["failed"]


def test_a_raised_output_floor_is_told(served: Gateway, upstreams: Upstreams) -> None:
    answer = served.chat("kimi", max_tokens=10)
    assert upstreams["kimi"].last.json["max_completion_tokens"] == 1500
    assert answer.headers["x-lakehouse-output-floor"] == "1500"


def test_an_answer_is_held_to_a_format_that_was_dropped(
    served: Gateway, upstreams: Upstreams
) -> None:
    source = {"name": "n", "schema": {"type": "object", "required": ["n"]}}
    wanted = {"type": "json_schema", "json_schema": source}
    answer = served.chat("ollama_cloud", response_format=wanted)
    assert answer.headers["x-lakehouse-dropped"] == "response_format"
    assert answer.headers["x-lakehouse-invalid"] == 'json_schema: "n" is missing.'
    assert served.call(answer.headers["x-request-id"])["invalid"][0]["kind"] == "completeness"
