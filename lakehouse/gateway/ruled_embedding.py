"""Truth rules on texts to embed: each is a user's message to them, of no task class."""

from typing import Any

import msgspec

from lakehouse.gateway import rules_live
from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.route import Rung
from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.gateway.ruling import conclude
from lakehouse.truth.deciding import decide
from lakehouse.truth.shapes import Call
from providers.messages import EmbeddingRequest


def before(call: CallInFlight, rung: Rung, asked: EmbeddingRequest) -> EmbeddingRequest:
    """What may be embedded; tokens are taken as they are. Raises ApiError: 422, or 500 where a
    rule could not be decided."""
    rules = rules_live.current().of("").request
    texts = [text for text in asked.inputs if isinstance(text, str)]
    if not rules or not texts:
        return asked
    principal = call.principal
    facts = Call(
        key=principal.label,
        owner=principal.owner,
        clearance=principal.clearance,
        provider=rung.endpoint.name,
        providers=[rung.endpoint.name],
        model=rung.model,
        messages=len(texts),
        prompt_characters=sum(map(len, texts)),
    )
    request: dict[str, Any] = {
        "messages": [{"role": "user", "content": text} for text in texts],
        "user": asked.user,
    }
    subject = {"request": request, "call": msgspec.structs.asdict(facts)}
    conclude(call, decide(rules, subject, FIELDS.words))
    inputs = tuple(message["content"] for message in request["messages"])
    return msgspec.structs.replace(asked, inputs=inputs, user=request["user"])
