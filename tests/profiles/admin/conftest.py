"""What the tests of the admin share: the registry of a test's own, and people who are signed in."""

import pytest
from django.test import Client

from tests.providers.conftest import Shelf, shelf

__all__ = ["shelf"]


@pytest.fixture
def browser(db: None, shelf: Shelf) -> Client:
    """Signed in as ana, who may do everything."""
    from tests.profiles.admin.people import signed_in  # models: only after Django is set up

    return signed_in("ana")
