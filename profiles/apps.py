"""The app: its name, and what it has against changes of a provider."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = "Profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from profiles.execution import guard as activated
        from profiles.execution import names
        from profiles.ladder import guard as ladders
        from profiles.memory import inheriting

        ladders.register()
        activated.register()
        names.register()
        inheriting.register()
