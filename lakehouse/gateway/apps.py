from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "lakehouse.gateway"
    label = "gateway"
    verbose_name = "Gateway"

    def ready(self) -> None:
        from lakehouse.gateway import live
        from lakehouse.validation import system_checks

        live.reload_on_commit()
        system_checks.register_all()
