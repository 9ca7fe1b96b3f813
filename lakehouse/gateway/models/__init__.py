"""What the gateway keeps: keys, and the ledger of calls."""

from lakehouse.gateway.models.api_key import ApiKey
from lakehouse.gateway.models.breaker import Breaker
from lakehouse.gateway.models.call import Attempt, Call
from lakehouse.gateway.models.instance import Instance

__all__ = ["ApiKey", "Attempt", "Breaker", "Call", "Instance"]
