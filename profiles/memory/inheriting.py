"""A deleted document leaves its label to the playbooks that cite it: they may repeat its words."""

from typing import Any

from django.db.models.signals import pre_delete

from profiles.labelled import label_rank
from profiles.memory.playbook import Playbook
from providers.endpoint import rank


def register() -> None:
    pre_delete.connect(_inherit, sender="profiles.Document", dispatch_uid="playbooks_inherit")


def _inherit(instance: Any, **_: Any) -> None:
    """Otherwise a playbook's reach would fall with the deletion, which nobody decided."""
    lower = Playbook.objects.alias(own=label_rank()).filter(own__lt=rank(instance.label))
    lower.filter(documents=instance.pk).update(label=instance.label)
