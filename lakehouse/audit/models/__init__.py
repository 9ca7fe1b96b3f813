"""Audits: the run, its files with what became of each, and the findings."""

from lakehouse.audit.models.file import AuditFile
from lakehouse.audit.models.finding import Finding
from lakehouse.audit.models.run import AuditRun

__all__ = ["AuditFile", "AuditRun", "Finding"]
