"""Keys, calls and breakers as an operator sees them."""

from lakehouse.gateway.admin.breakers import BreakerAdmin
from lakehouse.gateway.admin.calls import CallAdmin
from lakehouse.gateway.admin.keys import ApiKeyAdmin

__all__ = ["ApiKeyAdmin", "BreakerAdmin", "CallAdmin"]
