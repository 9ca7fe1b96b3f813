"""What a call cost: the upstream's own figure, else the list's, else nothing."""

import uuid
from typing import Any

import pytest

from lakehouse.gateway import prices
from lakehouse.gateway.recorder import AttemptRow, Bill, CallRow, Finished, now

OPENAI = "https://api.openai.com/v1"


def cost(
    model: str = "gpt-4o-mini", base_url: str = OPENAI, native: Any = None, **tokens: int
) -> str | None:
    call = made(model, base_url, native, **({"input_tokens": 1000, "output_tokens": 100} | tokens))
    prices.fill(call)
    return call.row.cost


def made(model: str, base_url: str, native: Any, **tokens: Any) -> Finished:
    row = CallRow(
        id=uuid.uuid4(),
        operation="chat",
        api_key_id=None,
        instance=uuid.uuid4(),
        started_at=now(),
        model=model,
        **tokens,
    )
    tries = [
        AttemptRow(
            call_id=row.id,
            number=n,
            provider="p",
            model=model,
            started_at=now(),
            outcome=outcome,
            **spent,
        )
        for n, (outcome, spent) in enumerate((("failed", {}), ("complete", tokens)), 1)
    ]
    return Finished(row, tries, [Bill(), Bill(base_url, native)])


def test_a_known_model_is_priced_from_the_list() -> None:
    assert cost() == "0.0002100000"


def test_cached_tokens_cost_less() -> None:
    cheaper = cost(cached_tokens=800)
    assert cheaper is not None
    assert float(cheaper) < 0.00021


def test_the_upstreams_own_figure_wins() -> None:
    assert cost(native={"cost": 0.5}) == "0.5000000000"
    assert cost(native={"cost": 0}) == "0.0000000000"


@pytest.mark.parametrize("told", ["free", None, True, -1, 1e12, float("nan"), {"usd": 1}])
def test_a_figure_that_is_none_falls_back_to_the_list(told: Any) -> None:
    assert cost(native={"cost": told}) == "0.0002100000"


@pytest.mark.parametrize("native", [None, [], "cost", 5, {}])
def test_a_usage_of_any_shape_is_survived(native: Any) -> None:
    assert cost(native=native) == "0.0002100000"


def test_an_unknown_model_has_no_price() -> None:
    assert cost("no-such-model-anywhere") is None


def test_more_cached_than_asked_is_survived() -> None:
    cost(input_tokens=10, cached_tokens=50, cache_write_tokens=50)


def test_a_price_beyond_the_column_is_none() -> None:
    assert cost("o1-pro") is not None
    assert cost("o1-pro", input_tokens=2**31 - 1, output_tokens=2**31 - 1) is None


def test_a_call_without_tokens_costs_nothing_known() -> None:
    assert cost(input_tokens=0, output_tokens=0, native={"cost": 0.5}) is None


def test_a_call_costs_what_its_tries_cost_together() -> None:
    call = made("gpt-4o-mini", OPENAI, None, input_tokens=1000, output_tokens=100)
    call.attempts[0].input_tokens, call.bills[0] = 1, Bill(OPENAI, {"cost": 0.5})
    prices.fill(call)
    assert [attempt.cost for attempt in call.attempts] == ["0.5000000000", "0.0002100000"]
    assert call.row.cost == "0.5002100000"


def test_a_try_that_took_no_tokens_costs_nothing_known() -> None:
    call = made("gpt-4o-mini", OPENAI, None, input_tokens=1000, output_tokens=100)
    prices.fill(call)
    assert [attempt.cost for attempt in call.attempts] == [None, "0.0002100000"]


def test_a_price_is_not_counted_twice() -> None:
    call = made("gpt-4o-mini", OPENAI, None, input_tokens=1000, output_tokens=100)
    call.row.cost = "1.0000000000"
    prices.fill(call)
    assert call.row.cost == "1.0000000000"
