"""The documents that playbooks cite, without importing what keeps them: the kinds stay apart."""

from typing import Any

from django.apps import apps

from profiles.memory.playbook import Playbook


def documents() -> Any:
    """The manager of documents."""
    return apps.get_model("profiles", "Document")._default_manager


def hashes(playbook: Playbook) -> dict[str, str]:
    """The content hashes of the documents that it cites, by id."""
    cited: Any = playbook.documents
    return {str(pk): found for pk, found in cited.values_list("pk", "content_hash")}
