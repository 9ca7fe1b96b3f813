import pytest
from rest_framework.test import APIClient


@pytest.fixture
def api(db: None, person: APIClient) -> APIClient:
    """Somebody called person, who may do everything."""
    return person


@pytest.fixture(scope="session")
def person() -> APIClient:
    """Without a row, and one for all: making a client reads every static file's name."""
    from django.contrib.auth.models import User  # models: only after Django is set up

    client = APIClient()
    client.force_authenticate(User(username="person", is_staff=True, is_superuser=True))
    return client
