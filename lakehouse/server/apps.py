from importlib import import_module

from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "lakehouse.server"
    label = "server"
    verbose_name = "Server"

    def ready(self) -> None:
        from lakehouse.server import safety

        safety.register_checks()
        import_module("lakehouse.server.openapi")  # registers itself with the schema generator
