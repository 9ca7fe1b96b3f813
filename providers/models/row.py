"""The columns of a provider: their meaning for a person, and what may never be stored.

The database holds the name of a secret, never a secret.
"""

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from providers import adapters, addresses, validators
from providers.models import labels

TIMEOUTS = ("connect_timeout", "first_token_timeout", "idle_timeout", "total_timeout")


def _seconds(label: str, help_text: str, default: float) -> "models.FloatField[Any, Any]":
    return models.FloatField(
        label, default=default, validators=[validators.seconds], help_text=help_text
    )


def _count(help_text: str, limit: int) -> "models.PositiveIntegerField[Any, Any]":
    return models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(limit)], help_text=help_text
    )


class ProviderRow(models.Model):
    """Every column, with what the database itself refuses."""

    name = models.CharField(
        max_length=63,
        unique=True,
        validators=[validators.name],
        help_text="The prefix in a model name, as in name/model. It cannot be changed later.",
    )
    kind = models.CharField(
        max_length=40,
        choices=adapters.choices,
        help_text="The wire format that this provider speaks.",
    )
    base_url = models.CharField(
        "base URL",
        max_length=addresses.LONGEST,
        validators=[validators.base_url],
        help_text="http or https, without user name, query or fragment. A key goes only to the "
        "hosts that it is bound to: naming another host here does not send it there.",
    )
    auth = models.CharField(
        "secret's name",
        max_length=100,
        blank=True,
        validators=[validators.auth],
        help_text="The name of the secret, like MY_API_KEY, never the secret itself. Its value is "
        'in the environment or the secrets file. "none" for a server that takes no key.',
    )
    default_model = models.CharField(
        max_length=200,
        blank=True,
        validators=[validators.one_line],
        help_text="Used when a call names this provider but no model.",
    )
    connect_timeout = _seconds("connect timeout", "Seconds for DNS, TCP and TLS together.", 5.0)
    first_token_timeout = _seconds(
        "first-token timeout", "Seconds until the first piece of content.", 120.0
    )
    idle_timeout = _seconds("idle timeout", "Seconds between two pieces of an answer.", 60.0)
    total_timeout = _seconds(
        "total timeout",
        "Seconds for the whole call. NAME_TIMEOUT_SECS in the environment overrides it, with the "
        "provider's name in capitals.",
        600.0,
    )
    user_agent = models.CharField(
        "User-Agent",
        max_length=200,
        blank=True,
        validators=[validators.one_line, validators.user_agent],
        help_text="Empty: our own honest name, lakehouse and its version. Some vendors admit only "
        "clients on their list; sending another client's name can break their terms of service "
        "and cost you the account. Ask the vendor before you set this.",
    )
    headers = models.JSONField(
        "extra headers",
        default=dict,
        blank=True,
        help_text='An object of further headers, like {"X-Title": "My team"}. No secrets here.',
    )
    options = models.JSONField(
        default=dict, blank=True, help_text="An object of the adapter's own settings."
    )
    enabled = models.BooleanField(default=True, help_text="Off: no call reaches it.")
    unattended = models.BooleanField(
        default=True,
        help_text="May it be called without a person asking for it by name: as a rung of a "
        "ladder, on a retry, by a schedule? Off where the vendor's terms admit interactive use "
        "only.",
    )
    clearance = models.CharField(
        max_length=12,
        choices=labels.Clearance,
        default=labels.Clearance.INTERNAL,
        help_text="The highest sensitivity label whose content it may receive.",
    )
    min_output_tokens = _count(
        "A lower output limit in a call is raised to this, and the caller is told. For models "
        "whose reasoning counts against the limit. 0: no floor.",
        1_000_000,
    )
    max_concurrency = _count("Calls at the same time per process. 0: no limit.", 100_000)
    source = models.CharField(
        max_length=5, choices=labels.Source, default=labels.Source.ADMIN, editable=False
    )
    applied = models.JSONField(
        default=dict,
        editable=False,
        help_text="Every field's value as the registry file last gave it.",
    )
    named = models.JSONField(
        default=list, editable=False, help_text="The fields that the registry file names itself."
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="provider_name_is_a_lowercase_prefix",
                condition=Q(name__regex=r"^[a-z][a-z0-9_-]*$"),
            ),
            models.CheckConstraint(
                name="provider_base_url_is_http",
                condition=Q(base_url__regex=r"^https?://[^/@?#[:space:]]+[^@?#[:space:]]*$"),
            ),
            models.CheckConstraint(
                name="provider_auth_names_a_secret_and_holds_none",
                condition=Q(auth__regex=r"^([A-Z][A-Z0-9_]*)?$"),
            ),
            models.CheckConstraint(
                name="provider_clearance_is_a_known_label",
                condition=Q(clearance__in=("public", "internal", "confidential", "restricted")),
            ),
            models.CheckConstraint(
                name="provider_source_is_file_or_admin",
                condition=Q(source__in=("file", "admin")),
            ),
            models.CheckConstraint(
                name="provider_timeouts_are_positive_and_at_most_an_hour",
                condition=Q(
                    *(Q(**{f"{field}__gt": 0, f"{field}__lte": 3600}) for field in TIMEOUTS)
                ),
            ),
        ]
