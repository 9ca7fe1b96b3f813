from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "lakehouse.audit"
    label = "audit"
    verbose_name = "Audit"
