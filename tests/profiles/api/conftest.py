import pytest
from rest_framework.test import APIClient


@pytest.fixture
def api(db: None) -> APIClient:
    """Signed in with every permission on profiles, ladders and activations."""
    from tests.profiles.rest import client_of  # models: only after Django is set up

    return client_of()
