"""What happened, as an operator sees it."""

from lakehouse.observing.admin.alerts import AlertAdmin
from lakehouse.observing.admin.clusters import ClusterAdmin

__all__ = ["AlertAdmin", "ClusterAdmin"]
