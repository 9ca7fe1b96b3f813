"""ETag and If-Match: nobody writes over what they have not read."""

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from profiles.kinds import model_of
from profiles.models import ExecutionProfile
from tests.profiles.rest import CHANGE, KINDS, activated, made, meanwhile, send, url

pytestmark = pytest.mark.django_db
HERE = url("execution", "fast")


@pytest.mark.parametrize("kind", KINDS)
def test_each_answer_carries_the_revision(api: APIClient, kind: str) -> None:
    made(kind)
    assert api.get(url(kind, "fast"))["ETag"] == '"1"'
    assert send(api, "PATCH", url(kind, "fast"), CHANGE[kind])["ETag"] == '"2"'
    assert send(api, "PUT", url(kind, "fast"), {})["ETag"] == '"3"'


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_another_revision_is_a_412_and_nothing_is_written(
    api: APIClient, kind: str, method: str
) -> None:
    made(kind)
    response = send(api, method, url(kind, "fast"), CHANGE[kind], If_Match='"7"')
    assert response.status_code == 412
    assert "Read it again" in response.json()["detail"]
    assert model_of(kind).objects.get().revision == 1


@pytest.mark.parametrize("tag", ['"1"', "*", '"9", "1"', ' "1" '])
def test_the_present_revision_is_written(api: APIClient, tag: str) -> None:
    made()
    assert send(api, "PATCH", HERE, {"top_k": 3}, If_Match=tag).status_code == 200


@pytest.mark.parametrize("tag", ["1", '"1', "'1'", '"1" "2"', '"1",', "", "W/1", "*, *"])
def test_a_malformed_if_match_is_a_400(api: APIClient, tag: str) -> None:
    made()
    response = send(api, "PATCH", HERE, {"top_k": 3}, If_Match=tag)
    assert (response.status_code, list(response.json())) == (400, ["If-Match"])
    assert ExecutionProfile.objects.get().revision == 1


def test_a_tag_that_a_proxy_made_weak_matches_its_state_only(api: APIClient) -> None:
    made()
    assert send(api, "PATCH", HERE, {"top_k": 3}, If_Match='W/"1"').status_code == 200
    assert send(api, "PATCH", HERE, {"top_k": 4}, If_Match='W/"1"').status_code == 412


# --- somebody is faster ---------------------------------------------------------

LOCK = "FOR NO KEY UPDATE"


def test_with_if_match_it_is_a_412(api: APIClient) -> None:
    made()
    with meanwhile(LOCK, lambda: ExecutionProfile.objects.update(top_k=50)):
        assert send(api, "PATCH", HERE, {"top_p": 0.5}, If_Match='"1"').status_code == 412
    assert ExecutionProfile.objects.get().top_p is None


def test_without_it_two_patches_of_different_fields_both_stay(api: APIClient) -> None:
    made()
    with meanwhile(LOCK, lambda: ExecutionProfile.objects.update(top_k=50)):
        assert send(api, "PATCH", HERE, {"top_p": 0.5}).status_code == 200
    stored = ExecutionProfile.objects.get()
    assert (stored.top_k, stored.top_p) == (50, 0.5)


def test_an_activation_is_not_undone(api: APIClient) -> None:
    profile = made()
    with meanwhile(LOCK, lambda: activated(profile, live=True)):
        assert send(api, "PATCH", HERE, {"top_k": 3}).status_code == 200
    stored = ExecutionProfile.objects.get()
    assert (stored.live, stored.activated_revision, stored.top_k) == (True, 1, 3)


@pytest.mark.parametrize("headers", [{}, {"If_Match": '"1"'}])
def test_a_profile_deleted_by_then_is_a_404(api: APIClient, headers: dict[str, str]) -> None:
    made()
    with meanwhile(LOCK, lambda: ExecutionProfile.objects.all().delete()):
        assert send(api, "PATCH", HERE, {"top_k": 3}, **headers).status_code == 404


def test_a_profile_saved_before_its_deletion_stays(api: APIClient) -> None:
    made()
    with meanwhile("FOR UPDATE", lambda: ExecutionProfile.objects.update(top_k=50)):
        assert send(api, "DELETE", HERE, If_Match='"1"').status_code == 412
    assert ExecutionProfile.objects.exists()


def test_a_profile_that_goes_live_before_its_deletion_stays(api: APIClient) -> None:
    profile = made()
    with meanwhile("FOR UPDATE", lambda: activated(profile, live=True)):
        response = api.delete(HERE)
    assert response.status_code == 409
    assert "Activate another first" in response.json()["detail"]


def test_a_database_that_takes_too_long_is_a_503(api: APIClient) -> None:
    made()

    def too_long() -> None:
        raise OperationalError("canceling statement due to lock timeout")

    with meanwhile('FROM "profiles_executionprofile"', too_long):
        response = api.get(HERE)
    assert response.status_code == 503
    assert "Try again" in response.json()["detail"]


def test_a_name_made_by_then_is_a_400(api: APIClient) -> None:
    with meanwhile('INSERT INTO "profiles_executionprofile"', made):
        response = send(api, "POST", url("execution"), {"name": "fast"})
    assert response.status_code == 400
    assert "same moment" in response.json()["name"][0]
