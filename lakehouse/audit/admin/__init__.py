"""Audits and findings, as people ask for them, read them and judge them."""

from lakehouse.audit.admin.findings import FindingAdmin
from lakehouse.audit.admin.runs import AuditRunAdmin

__all__ = ["AuditRunAdmin", "FindingAdmin"]
