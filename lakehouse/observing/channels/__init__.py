"""Where alerts go: one module a channel. Targets are settings, so that no row can choose one."""

from collections.abc import Mapping
from typing import Protocol

from lakehouse.observing.channels import email, log, slack, webhook
from lakehouse.observing.models import Alert


class Channel(Protocol):
    def configured(self) -> bool:
        """Whether the settings name a target."""

    def send(self, alert: Alert) -> None:
        """Delivers it once more. Raises NotSent, or what its library raises."""


CHANNELS: Mapping[str, Channel] = {"log": log, "email": email, "webhook": webhook, "slack": slack}


def in_use() -> list[str]:
    return [name for name, channel in CHANNELS.items() if channel.configured()]
