"""A place where alerts arrive."""

from pytest_django import Settings

from tests.upstreams.base import Answer, Asked, UpstreamServer


class Receiver(UpstreamServer):
    """Takes every alert with a 200."""

    def respond(self, asked: Asked) -> Answer:
        return Answer.of({})

    def listens(self, settings: Settings, *names: str) -> "Receiver":
        """The settings of these channels lead here."""
        for name in names:
            setattr(settings, f"LAKEHOUSE_ALERT_{name}", f"{self.url}/{name.lower()}")
        return self
