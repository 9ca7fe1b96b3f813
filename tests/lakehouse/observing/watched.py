"""Calls that ended, as watchers are told of them."""

from typing import Any

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.ids import new_id
from lakehouse.gateway.live import Principal
from lakehouse.gateway.recorder import AttemptRow, CallRow, Finished, now
from lakehouse.gateway.seen import Seen
from profiles.observer.policy import Observer

ANA = Principal(1, "ana's laptop", "ana", "internal", frozenset(), None, False, None)


def ended(provider: str = "echo", cost: str | None = None, **columns: Any) -> Seen:
    """One that was complete at its first try, or as its columns say."""
    call_id, at = new_id(), now()
    told: dict[str, Any] = {
        "operation": "chat",
        "outcome": "complete",
        "status": 200,
        "model": "m",
        "total_ms": 120.0,
        "first_token_ms": 30.0,
        "input_tokens": 12,
        "output_tokens": 5,
        "attempts_made": 1,
        **columns,
    }
    row = CallRow(
        id=call_id,
        api_key_id=1,
        instance=new_id(),
        started_at=at,
        finished_at=at,
        provider=provider,
        **told,
    )
    tried = AttemptRow(
        call_id=call_id,
        number=1,
        provider=provider,
        model=row.model,
        started_at=at,
        outcome=row.outcome,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost=cost,
    )
    return Seen(Finished(row, [tried] if provider else []), ANA, Observer(), None, Answer())
