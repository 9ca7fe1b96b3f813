"""What the tests of commands share: the registry of a test's own."""

from tests.providers.conftest import shelf

__all__ = ["shelf"]
