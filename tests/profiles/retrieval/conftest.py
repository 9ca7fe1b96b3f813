"""What the tests of retrieval share: a registry of the test's own, and an upstream."""

from tests.providers.conftest import server, shelf

__all__ = ["server", "shelf"]
