"""What nobody's words caused is one clear message too."""

import pytest
from django.core.management import CommandError
from django.db import IntegrityError, OperationalError

from profiles.management.doing import refusals
from profiles.models import ExecutionProfile


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OperationalError("terminating connection"), "The database is away"),
        (IntegrityError("duplicate key"), "at this moment"),
        (ExecutionProfile.DoesNotExist(), "at this moment"),
    ],
)
def test_what_came_between_is_said_and_to_try_again(error: Exception, message: str) -> None:
    with pytest.raises(CommandError, match=message) as caught, refusals():
        raise error
    assert "try again" in str(caught.value)
