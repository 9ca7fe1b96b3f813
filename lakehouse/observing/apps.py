from django.apps import AppConfig


class ObservingConfig(AppConfig):
    name = "lakehouse.observing"
    label = "observing"
    verbose_name = "Observing"

    def ready(self) -> None:
        from lakehouse.observing.forwarding import checks, target

        checks.register()
        target.learn_secrets()
