"""A key to the gateway: its hash and a preview, never the key itself."""

import hashlib
import secrets
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from profiles.models import ExecutionProfile
from providers.models import Provider
from providers.suggest import shown, suggestion

PREFIX = "lh_"


def digest(token: str) -> str:
    """The sha-256 of a key, in hex: what is stored and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> "ApiKeyQuerySet":
        """Neither revoked nor expired now."""
        now = timezone.now()
        return self.filter(revoked_at=None).filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now)
        )

    def revoke(self) -> int:
        """Ends the keys for good; how many were not revoked before."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())


class ApiKeyManager(models.Manager.from_queryset(ApiKeyQuerySet)):  # type: ignore[misc]
    def issue(self, label: str, owner: str, **fields: Any) -> tuple["ApiKey", str]:
        """A new key and its token; the token is nowhere afterwards.

        Raises ValidationError on fields that do not fit, an unknown provider included.
        """
        key = ApiKey(label=label, owner=owner, **fields)
        token = key.draw_token()
        key.full_clean(exclude=["profile"])  # which clean itself looks for
        key.save()
        return key, token


class ApiKey(models.Model):
    label = models.CharField(max_length=100, help_text="What uses it: search-service, ana's laptop")
    owner = models.CharField(max_length=100, help_text="The person or team to ask about it")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    preview = models.CharField(max_length=20, editable=False)
    clearance = models.CharField(
        max_length=20,
        choices=Provider.Clearance.choices,
        default=Provider.Clearance.INTERNAL,
        help_text="The highest sensitivity label this key may see",
    )
    allowed_providers = ArrayField(
        models.CharField(max_length=63),
        default=list,
        blank=True,
        help_text="Names of providers, comma separated; empty allows every one",
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: no limit"
    )
    tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="In and out. Empty: no limit"
    )
    monthly_budget = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="US dollars a calendar month (UTC). Empty: no limit",
    )
    profile = models.ForeignKey(
        ExecutionProfile,
        to_field="name",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="keys",
        help_text="The execution profile that this key's calls get, whatever they name. A call "
        "may still name a provider or model: allowed providers fence those. Empty: the profile a "
        "call names, else the live one",
    )
    may_manage = models.BooleanField(
        default=False, help_text="May also use the management API under /api/v1/"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ApiKeyManager] = ApiKeyManager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return f"{self.label} ({self.preview})"

    def draw_token(self) -> str:
        """A new random key for this row, returned this once; the row gets hash and preview."""
        token = PREFIX + secrets.token_urlsafe(32)
        self.digest = digest(token)
        self.preview = f"{token[: len(PREFIX) + 4]}…{token[-4:]}"
        return token

    def clean(self) -> None:
        known = set(Provider.objects.values_list("name", flat=True))
        unknown = [name for name in self.allowed_providers or [] if name not in known]
        if unknown:
            raise ValidationError(
                {
                    "allowed_providers": f"No provider is named {', '.join(unknown)}. "
                    f"There are: {', '.join(sorted(known)) or 'none yet'}."
                }
            )
        profiles = ExecutionProfile.objects.values_list("name", flat=True)
        if self.profile_id is not None and self.profile_id not in profiles:
            near = suggestion(shown(self.profile_id), list(profiles.order_by("name")))
            text = f'There is no execution profile "{shown(self.profile_id)}". {near}'
            raise ValidationError({"profile": text})
        for name in ("requests_per_minute", "tokens_per_minute", "monthly_budget"):
            limit = getattr(self, name)
            if limit is not None and limit <= 0:
                text = f"{limit} would refuse every call: revoke the key, or leave empty"
                raise ValidationError({name: text})
        if self._state.adding and self.expires_at and self.expires_at <= timezone.now():
            raise ValidationError(
                {"expires_at": "This is in the past: the key could never be used."}
            )

    @property
    def state(self) -> str:
        if self.revoked_at:
            return "revoked"
        if self.expires_at and self.expires_at <= timezone.now():
            return "expired"
        return "usable"
