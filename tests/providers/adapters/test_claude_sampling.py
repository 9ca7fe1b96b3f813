import pytest

from providers.errors import ErrorKind
from providers.messages import Sampling
from tests.providers.adapters.claude_requests import body, newer, notes, refusal, request, sent

PLAIN = "claude-3-7-sonnet-20250219"


def test_an_older_model_takes_temperature_top_p_and_top_k() -> None:
    made = body(request(model=PLAIN, sampling=Sampling(temperature=0.5, top_p=0.9, top_k=40)))
    assert (made["temperature"], made["top_p"], made["top_k"]) == (0.5, 0.9, 40)


def test_a_temperature_above_one_is_sent_as_one_and_says_so() -> None:
    asked = request(sampling=Sampling(temperature=1.7))
    assert body(asked)["temperature"] == 1
    assert "temperature 1.7 was sent as 1" in notes(asked)


def test_a_temperature_of_zero_is_sent() -> None:
    assert body(request(sampling=Sampling(temperature=0)))["temperature"] == 0


def test_a_model_of_the_fourth_generation_takes_temperature_before_top_p() -> None:
    asked = request(sampling=Sampling(temperature=0.5, top_p=0))
    assert "top_p" not in body(asked)
    assert sent(asked).dropped == ("top_p",)


def test_a_model_of_the_fourth_generation_takes_top_p_alone() -> None:
    assert body(request(sampling=Sampling(temperature=1, top_p=0.5)))["top_p"] == 0.5


def test_a_new_model_drops_what_it_would_refuse() -> None:
    asked = newer(sampling=Sampling(temperature=0.5, top_p=0.9, top_k=40))
    assert not {"temperature", "top_p", "top_k"} & set(body(asked))
    assert sent(asked).dropped == ("temperature", "top_p", "top_k")


def test_a_value_that_is_the_vendors_own_is_honoured_by_leaving_it_out() -> None:
    asked = newer(sampling=Sampling(temperature=1, top_p=1))
    assert sent(asked).dropped == ()


def test_the_newer_api_version_takes_no_sampling_from_any_model() -> None:
    asked = request(model=PLAIN, sampling=Sampling(temperature=0.5))
    assert "temperature" not in body(asked, version="2026-10-21")
    assert sent(asked, version="2026-10-21").dropped == ("temperature",)


def test_stop_goes_up_as_stop_sequences() -> None:
    assert body(request(sampling=Sampling(stop=("END", "\n\nQ"))))["stop_sequences"] == [
        "END",
        "\n\nQ",
    ]


def test_a_stop_of_blanks_is_left_out_and_reported() -> None:
    asked = request(sampling=Sampling(stop=("\n", "END")))
    assert body(asked)["stop_sequences"] == ["END"]
    assert sent(asked).dropped == ("stop",)


def test_stops_of_blanks_alone_send_no_field() -> None:
    assert "stop_sequences" not in body(request(sampling=Sampling(stop=(" ",))))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", 0),
        ("presence_penalty", 0.5),
        ("frequency_penalty", -1.0),
        ("logit_bias", {"50256": -100.0}),
        ("logprobs", True),
        ("top_logprobs", 3),
    ],
)
def test_a_field_without_counterpart_is_reported_under_its_openai_name(
    name: str, value: object
) -> None:
    asked = request(sampling=Sampling(**{name: value}))  # type: ignore[arg-type]  # one field each
    assert sent(asked).dropped == (name,)


def test_fields_that_ask_for_nothing_are_not_reported() -> None:
    nothing = Sampling(presence_penalty=0.0, logit_bias={}, logprobs=False, n=1)
    assert sent(request(sampling=nothing)).dropped == ()


def test_more_than_one_choice_is_unsupported() -> None:
    failure = refusal(request(sampling=Sampling(n=2)))
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "n")
