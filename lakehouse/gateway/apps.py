from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "lakehouse.gateway"
    label = "gateway"
    verbose_name = "Gateway"

    def ready(self) -> None:
        from lakehouse.gateway import live, rule_checks
        from lakehouse.validation import system_checks

        live.reload_on_commit()
        rule_checks.register_checks()
        system_checks.register_all()
