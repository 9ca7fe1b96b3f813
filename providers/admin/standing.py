"""The read-only panel under the form: where values come from, the last check, the models."""

from typing import Any

from providers import secrets
from providers.models import Listing, Provider

MODELS_SHOWN = 100


def panel(provider: Provider) -> dict[str, Any]:
    """What the template `providers/admin/standing.html` shows."""
    listing: Listing | None = getattr(provider, "listing", None)
    return {
        "secret": secrets.status(provider),
        "provenance": {
            "headers": ["Field", "Value in force", "From", "The registry file says"],
            "rows": [
                [
                    entry.field,
                    _shown(entry.value),
                    f"{entry.origin} (drift)" if entry.drift else entry.origin.value,
                    _shown(entry.declared) if entry.drift else "",
                ]
                for entry in provider.provenance()
            ],
        },
        "listing": listing,
        "steps": {
            "headers": ["Step", "Result", "ms", "Detail"],
            "rows": [
                [step["name"], step["result"], step["milliseconds"], step["detail"]]
                for step in (listing.steps if listing else [])
            ],
        },
        "models": listing.model_ids[:MODELS_SHOWN] if listing else (),
        "more_models": max(0, len(listing.models) - MODELS_SHOWN) if listing else 0,
    }


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value not in ("", {}) else "-"
