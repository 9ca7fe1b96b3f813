"""The closed lists of words that a provider's row may hold."""

from django.db import models


class Clearance(models.TextChoices):
    """Sensitivity labels, lowest first."""

    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    RESTRICTED = "restricted", "Restricted"


class Source(models.TextChoices):
    FILE = "file", "Registry file"
    ADMIN = "admin", "Admin or REST"
