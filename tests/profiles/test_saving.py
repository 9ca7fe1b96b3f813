"""Saving a row that was read before an activation moved what is live."""

import pytest

from profiles.models import ExecutionProfile


@pytest.mark.django_db
def test_what_an_activation_moved_meanwhile_stays_moved() -> None:
    ExecutionProfile.objects.create(name="fast")
    read_before = ExecutionProfile.objects.get(name="fast")
    ExecutionProfile.objects.update(live=True, activated_revision=1)
    read_before.model = "other"
    read_before.save()
    stored = ExecutionProfile.objects.get(name="fast")
    assert (stored.live, stored.activated_revision, stored.model) == (True, 1, "other")
