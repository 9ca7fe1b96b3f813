"""What the last look at a provider brought."""

import msgspec
from django.db import models

from providers.messages import ModelInfo
from providers.models.provider import Provider


class Listing(models.Model):
    """The models a provider listed and how its last check went. `model_ids` keeps their order."""

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="listing")
    fetched_at = models.DateTimeField(null=True, help_text="When the models were read.")
    checked_at = models.DateTimeField(null=True, help_text="When it was last checked.")
    steps = models.JSONField(default=list, help_text="The steps of the last check.")
    error = models.TextField(blank=True, help_text="Why the last check failed; empty if it passed.")
    # Last, because the name covers Django's module of the same name from here on.
    models = models.JSONField(default=list, help_text="Entries of the model list, as read.")

    def __str__(self) -> str:
        return f"models of {self.provider}"

    @property
    def details(self) -> dict[str, ModelInfo]:
        return {entry["id"]: msgspec.convert(entry, ModelInfo) for entry in self.models}

    @property
    def model_ids(self) -> tuple[str, ...]:
        return tuple(entry["id"] for entry in self.models)
