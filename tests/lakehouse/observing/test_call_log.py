import json

from lakehouse.observing.call_log import line
from providers.redact import redact
from tests.lakehouse.observing.watched import ended


def test_a_calls_line_has_who_what_and_how_it_went() -> None:
    call = ended()
    told = json.loads(line("search", call.finished.row))
    assert told["request_id"] == str(call.finished.row.id)
    assert (told["key"], told["provider"], told["outcome"]) == ("search", "echo", "complete")
    assert (told["ms"], told["input_tokens"], told["output_tokens"]) == (120.0, 12, 5)
    assert (told["level"], told["logger"]) == ("info", "lakehouse.calls")


def test_it_is_one_line_whatever_the_names() -> None:
    said = line("a\nb\u2028c", ended(model="m\x85\r").finished.row)
    assert len(said.splitlines()) == 1
    assert json.loads(said)["key"] == "a\nb\u2028c"


def test_a_secret_in_a_name_is_taken_out() -> None:
    redact.learn("canary-in-a-label")
    said = line("canary-in-a-label", ended(model="sk-canary-in-a-model").finished.row)
    assert "canary" not in said
