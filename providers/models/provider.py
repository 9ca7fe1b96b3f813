"""A provider: its row checked and brought into one spelling, and the `Endpoint` made from it."""

import os
from collections.abc import Collection
from contextlib import suppress
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models

from providers import adapters, addresses, fields, objections, validators
from providers.adapters.base import Adapter
from providers.endpoint import Clearance, Endpoint, Timeouts
from providers.models import labels
from providers.models.row import ProviderRow
from providers.provenance import Applied, Provenance, provenance, total_override

GATED = (
    "The vendor's terms for this base URL admit interactive use only, so unattended must be "
    "false: it is called only when a caller asks for it by name."
)


class ProviderQuerySet(models.QuerySet["Provider"]):
    def enabled(self) -> "ProviderQuerySet":
        return self.filter(enabled=True)

    def live(self) -> "ProviderQuerySet":
        """Those that traffic may get, with their model lists, in the order of their names."""
        return self.enabled().with_listing().order_by("name")

    def from_file(self) -> "ProviderQuerySet":
        return self.filter(source=labels.Source.FILE)

    def from_admin(self) -> "ProviderQuerySet":
        return self.filter(source=labels.Source.ADMIN)

    def unattended(self) -> "ProviderQuerySet":
        """Those that may be called without being asked for by name."""
        return self.filter(unattended=True)

    def drifted(self) -> "ProviderQuerySet":
        """Those in which an edit stands against the registry file. Reads every file-owned row."""
        found = [provider.pk for provider in self.from_file() if provider.drift]
        return self.filter(pk__in=found)

    def with_listing(self) -> "ProviderQuerySet":
        return self.select_related("listing")


class Provider(ProviderRow):
    """One upstream account."""

    Clearance = labels.Clearance
    Source = labels.Source

    objects = ProviderQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> Adapter:
        return adapters.get(self.kind)

    @property
    def values(self) -> dict[str, Any]:
        """The fields that a person sets."""
        return {field: getattr(self, field) for field in fields.NAMES}

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        for field in fields.NAMES:
            setattr(self, field, fields.plain(field, getattr(self, field)))
        super().clean_fields(exclude)

    def clean(self) -> None:
        """Raises ValidationError by field, in the same words for form, REST and file."""
        errors: dict[str, ValidationError] = {}
        if self.kind not in adapters.KINDS:
            return  # The field's own check has said so.
        with suppress(ValueError):  # And here too.
            self.base_url = addresses.normalised(self.base_url)
            if self.unattended and self.adapter.gated(self.base_url):
                errors["unattended"] = ValidationError(GATED)
        for field, check in (("headers", validators.headers), ("options", self._options)):
            try:
                check(getattr(self, field))
            except ValidationError as error:
                errors[field] = error
        if errors:
            raise ValidationError(errors)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """What the database would refuse, and what other apps have against the change."""
        super().validate_constraints(exclude)
        if found := objections.to(self):
            raise ValidationError(dict(found))

    def _options(self, value: Any) -> None:
        validators.options(value, self.adapter.options)

    def endpoint(self) -> Endpoint:
        """What a call uses. Reads the listing: select it (`live`) when there are many."""
        listing = getattr(self, "listing", None)
        total = total_override(self.name, os.environ)
        return Endpoint(
            name=self.name,
            kind=self.kind,
            base_url=self.base_url,
            auth=self.auth,
            default_model=self.default_model,
            timeouts=Timeouts(
                connect=self.connect_timeout,
                first_token=self.first_token_timeout,
                idle=self.idle_timeout,
                total=self.total_timeout if total is None else total,
            ),
            user_agent=self.user_agent,
            headers=tuple((name.lower(), text) for name, text in self.headers.items()),
            enabled=self.enabled,
            unattended=self.unattended,
            clearance=cast(Clearance, str(self.clearance)),
            min_output_tokens=self.min_output_tokens,
            max_concurrency=self.max_concurrency,
            options=dict(self.options),
            models=() if listing is None else listing.model_ids,
            details={} if listing is None else listing.details,
        )

    @property
    def last_applied(self) -> Applied | None:
        """What the registry file gave; None for a provider that it does not own."""
        if self.source != labels.Source.FILE:
            return None
        return Applied(self.applied, frozenset(self.named))

    def provenance(self) -> tuple[Provenance, ...]:
        return provenance(
            self.values,
            self.last_applied,
            fields.starting(self.kind) if self.kind in adapters.KINDS else {},
            total_override(self.name, os.environ),
        )

    @property
    def drift(self) -> tuple[Provenance, ...]:
        """The fields in which an edit stands against the registry file."""
        return tuple(entry for entry in self.provenance() if entry.drift)
