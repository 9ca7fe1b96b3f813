from django.apps import AppConfig


class ObservingConfig(AppConfig):
    name = "lakehouse.observing"
    label = "observing"
    verbose_name = "Observing"

    def ready(self) -> None:
        """What of the settings is secret appears in no log line, page or error from here on."""
        from django.conf import settings

        from lakehouse.observing.forwarding import checks, target
        from providers.redact import redact

        for name in ("WEBHOOK", "WEBHOOK_SECRET", "SLACK"):
            redact.learn(getattr(settings, f"LAKEHOUSE_ALERT_{name}"))
        target.learn_secrets()
        checks.register()
