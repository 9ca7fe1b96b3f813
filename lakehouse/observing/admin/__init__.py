"""What the observer knows, as an operator sees it."""

from lakehouse.observing.admin.usage import UsageAdmin

__all__ = ["UsageAdmin"]
