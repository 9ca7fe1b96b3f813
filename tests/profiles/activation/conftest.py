"""What the tests of activation share: profiles, and the registry of a test's own."""

from tests.providers.conftest import shelf

__all__ = ["shelf"]
