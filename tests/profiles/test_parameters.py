"""Parameters: one table of names and ranges, as defaults under a call and as overrides over it."""

import pytest
from django.core.exceptions import ValidationError

from profiles import parameters
from profiles.models import ExecutionProfile
from profiles.parameters import Parameters, as_defaults, as_overrides
from providers.messages import Request, Sampling, Thinking

ASKED = Request(model="m", turns=(), limit=10, sampling=Sampling(temperature=1.0, stop=("X",)))


def test_defaults_fill_what_a_call_leaves_open() -> None:
    got = as_defaults(ASKED, Parameters(temperature=0.2, top_p=0.5, stop=("Y",), seed=3))
    assert got.sampling == Sampling(temperature=1.0, top_p=0.5, stop=("X",), seed=3)
    assert got.limit == 10


def test_overrides_take_the_place_of_a_calls_own() -> None:
    given = Parameters(temperature=0.0, stop=("Y",), max_output_tokens=5, reasoning_effort="low")
    got = as_overrides(ASKED, given)
    assert got.sampling == Sampling(temperature=0.0, stop=("Y",))
    assert (got.limit, got.thinking) == (5, Thinking(effort="low"))


def test_what_is_not_set_changes_nothing() -> None:
    assert as_defaults(ASKED, Parameters()) == as_overrides(ASKED, Parameters()) == ASKED


def test_empty_values_of_a_row_count_as_not_set() -> None:
    row = ExecutionProfile(name="x").values
    assert Parameters.of(row) == Parameters()
    assert Parameters.of(row | {"temperature": 0, "stop": ["X"]}) == Parameters(
        temperature=0, stop=("X",)
    )


def test_given_is_what_is_set() -> None:
    assert Parameters(temperature=0.0, stop=("X",)).given() == {"temperature": 0.0, "stop": ("X",)}


def test_a_profiles_parameters_are_those_of_the_table() -> None:
    assert set(parameters.NAMES) <= set(ExecutionProfile.own_fields())
    assert set(parameters.NAMES) == set(Parameters.__struct_fields__)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"temperature": 0, "top_k": 1, "seed": -1, "reasoning_effort": "none"},
        {"stop": ["a", "b"], "max_output_tokens": 2_000_000, "presence_penalty": -2},
    ],
)
def test_overrides_in_their_ranges_are_taken(value: object) -> None:
    parameters.check_overrides(value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "parameters is an object"),
        ({"temprature": 1}, 'has no "temprature". Did you mean "temperature"'),
        ({"temperature": 2.1}, "temperature: Write a number from 0 to 2"),
        ({"temperature": float("nan")}, "temperature: Write a number"),
        ({"temperature": True}, "temperature: Write a number"),
        ({"temperature": "0.2"}, "temperature: Write a number"),
        ({"top_k": 1.5}, "top_k: Write a whole number from 1"),
        ({"seed": 2**63}, "seed: Write a whole number"),
        ({"stop": "END"}, "stop: stop is a list"),
        ({"stop": ["a\0"]}, "stop: Each stop is a text"),
        ({"reasoning_effort": "huge"}, "reasoning_effort: Choose one of none, minimal"),
    ],
)
def test_other_overrides_are_refused_with_their_name(value: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parameters.check_overrides(value)
    assert said in caught.value.messages[0]
