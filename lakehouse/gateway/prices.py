"""What a call cost, in US dollars: the upstream's own figure, else genai-prices' list.

Each try has its price, and a call costs what its tries cost together.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from genai_prices import Usage, calc_price

from providers.messages import Usage as ProviderUsage

if TYPE_CHECKING:
    from lakehouse.gateway.recorder import Finished, Measures

MOST = 1_000_000  # dollars; the column has six digits before its point


def fill(call: "Finished") -> None:
    """Sets `cost` on each try and on the call; None when no price is known."""
    if call.row.cost is not None:
        return
    for attempt, bill in zip(call.attempts, call.bills, strict=False):
        if attempt.output_tokens + attempt.input_tokens:
            attempt.cost = _told(bill.native) or _listed(attempt, attempt.model, bill.base_url)
    known = [Decimal(attempt.cost) for attempt in call.attempts if attempt.cost is not None]
    if known:
        call.row.cost = _amount(sum(known))


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


def of_usage(usage: ProviderUsage, model: str, base_url: str) -> Decimal | None:
    """What one answer cost, for asks that are no calls; None when no price is known."""
    told = _told(usage.native) or _price(
        model, base_url, usage.input, usage.cached_read, usage.cache_write, usage.output
    )
    return None if told is None else Decimal(told)
