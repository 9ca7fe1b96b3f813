"""What a call cost, in US dollars: the upstream's own figure, else genai-prices' list."""

from typing import TYPE_CHECKING, Any

from genai_prices import Usage, calc_price

if TYPE_CHECKING:
    from lakehouse.gateway.recorder import Finished, Measures

MOST = 1_000_000  # dollars; the column has six digits before its point


def fill(call: "Finished") -> None:
    """Sets `cost` on the call and on the try that served it; None when no price is known."""
    if call.row.cost is not None or not call.row.output_tokens + call.row.input_tokens:
        return
    call.row.cost = _told(call.native_usage) or _listed(call.row, call.row.model, call.base_url)
    for attempt in call.attempts:
        if attempt.outcome == "complete":
            attempt.cost = call.row.cost


def _told(native: Any) -> str | None:
    cost = native.get("cost") if isinstance(native, dict) else None
    return _amount(cost) if type(cost) in (int, float) else None


def _listed(row: "Measures", model: str, base_url: str) -> str | None:
    return _price(
        model,
        base_url,
        row.input_tokens,
        row.cached_tokens,
        row.cache_write_tokens,
        row.output_tokens,
    )


def _price(
    model: str, base_url: str, prompt: int, cached: int, written: int, output: int
) -> str | None:
    usage = Usage(
        input_tokens=prompt,
        cache_read_tokens=cached or None,
        cache_write_tokens=written or None,
        output_tokens=output,
    )
    try:
        price = calc_price(usage, model, provider_api_url=base_url)
    except (LookupError, ValueError):
        return None
    return _amount(price.total_price)


def _amount(cost: Any) -> str | None:
    """As the ledger's column takes it; None for what no call can cost."""
    return f"{cost:.10f}" if 0 <= cost < MOST else None
