from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "lakehouse.server"
    label = "server"
    verbose_name = "Server"

    def ready(self) -> None:
        from lakehouse.server import openapi  # noqa: F401  being imported is how it registers
        from lakehouse.server import safety

        safety.register_checks()
