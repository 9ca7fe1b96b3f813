from django.apps import AppConfig


class ObservingConfig(AppConfig):
    name = "lakehouse.observing"
    label = "observing"
    verbose_name = "Observing"
