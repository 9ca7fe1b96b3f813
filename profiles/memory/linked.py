"""The documents that playbooks cite, without importing what keeps them: the kinds stay apart."""

from typing import Any

from django.apps import apps


def documents() -> Any:
    """The manager of documents."""
    return apps.get_model("profiles", "Document")._default_manager
