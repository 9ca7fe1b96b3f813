from django.apps import AppConfig

SECRET = (
    *("LAKEHOUSE_ALERT_WEBHOOK", "LAKEHOUSE_ALERT_WEBHOOK_SECRET", "LAKEHOUSE_ALERT_SLACK"),
    *("LAKEHOUSE_METRICS_TOKEN", "EMAIL_HOST_PASSWORD"),
)


class ObservingConfig(AppConfig):
    name = "lakehouse.observing"
    label = "observing"
    verbose_name = "Observing"

    def ready(self) -> None:
        """What of the settings is secret appears in no log line, page or error from here on."""
        from django.conf import settings

        from lakehouse.observing.channels import checks as channel_checks
        from lakehouse.observing.forwarding import checks, target
        from providers.redact import redact

        for name in SECRET:
            redact.learn(getattr(settings, name) or "")
        target.learn_secrets()
        checks.register()
        channel_checks.register()
