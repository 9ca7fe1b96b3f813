"""Providers as an operator sees them."""

from providers.admin.provider import ProviderAdmin

__all__ = ["ProviderAdmin"]
