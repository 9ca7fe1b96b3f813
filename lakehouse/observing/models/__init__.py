"""Rollups of calls, clusters of failures, and alerts on their way."""

from lakehouse.observing.models.alert import Alert, AlertGate
from lakehouse.observing.models.cluster import Cluster
from lakehouse.observing.models.rollup import LateDay, Rollup

__all__ = ["Alert", "AlertGate", "Cluster", "LateDay", "Rollup"]
