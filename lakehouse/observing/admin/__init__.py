"""What happened, as an operator sees it."""

from lakehouse.observing.admin.alerts import AlertAdmin
from lakehouse.observing.admin.clusters import ClusterAdmin
from lakehouse.observing.admin.usage import UsageAdmin

__all__ = ["AlertAdmin", "ClusterAdmin", "UsageAdmin"]
