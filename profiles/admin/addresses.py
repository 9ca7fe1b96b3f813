"""Where the admin's pages of profiles and activations are."""

from django.urls import reverse

from profiles.activation.model import Activation
from profiles.base import Profile


def page_of(profile: Profile, page: str = "change") -> str:
    """The profile's page `change`, `compare` or `activate`."""
    return reverse(f"admin:profiles_{profile._meta.model_name}_{page}", args=[profile.pk])


def activation_page(activation: Activation, page: str = "change") -> str:
    """The activation's page `change`, `progress`, `cancel` or `rollback`."""
    return reverse(f"admin:profiles_activation_{page}", args=[activation.pk])
