"""What the tests of activation share: the registry of a test's own, and an upstream."""

from tests.providers.conftest import server, shelf

__all__ = ["server", "shelf"]
