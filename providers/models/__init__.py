"""A provider as it is stored, and the list of models last read from it."""

from providers.models.labels import Clearance, Source
from providers.models.listing import Listing
from providers.models.provider import Provider, ProviderQuerySet

__all__ = ["Clearance", "Listing", "Provider", "ProviderQuerySet", "Source"]
