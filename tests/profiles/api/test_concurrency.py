"""ETag and If-Match: nobody writes over what they have not read."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from profiles import editing
from profiles.kinds import model_of
from profiles.models import ExecutionProfile
from tests.profiles.rest import CHANGE, KINDS, activated, made, send, url

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


def test_a_weak_tag_never_matches(api: APIClient) -> None:
    made()
    assert send(api, "PATCH", HERE, {"top_k": 3}, If_Match='W/"1"').status_code == 412


class Rival:
    """Somebody who saves between another's look and write, so many times."""

    def __init__(self, times: int, monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
        self.left = times
        self.values = values
        self.filled = editing.filled
        monkeypatch.setattr(editing, "filled", self)

    def __call__(self, profile: Any, values: Any) -> Any:
        if self.left:
            self.left -= 1
            rows = type(profile).objects.filter(pk=profile.pk)
            rows.update(**{n: v + self.left for n, v in self.values.items()})
        return self.filled(profile, values)


def test_a_save_between_look_and_write_is_a_412(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made()
    Rival(1, monkeypatch, top_k=50)
    assert send(api, "PATCH", HERE, {"top_p": 0.5}, If_Match='"1"').status_code == 412
    assert ExecutionProfile.objects.get().top_p is None


def test_without_if_match_two_patches_of_different_fields_both_stay(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made()
    Rival(2, monkeypatch, top_k=50)
    assert send(api, "PATCH", HERE, {"top_p": 0.5}).status_code == 200
    stored = ExecutionProfile.objects.get()
    assert (stored.top_k, stored.top_p) == (50, 0.5)


def test_an_activation_between_look_and_write_is_not_undone(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made()
    filled = editing.filled
    monkeypatch.setattr(editing, "filled", lambda p, v: activated(p, live=True) and filled(p, v))
    assert send(api, "PATCH", HERE, {"top_k": 3}).status_code == 200
    stored = ExecutionProfile.objects.get()
    assert (stored.live, stored.activated_revision, stored.top_k) == (True, 1, 3)


def test_a_profile_deleted_between_look_and_write_is_a_404(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made()

    def gone(profile: Any, values: Any) -> Any:
        type(profile).objects.all().delete()
        return profile

    monkeypatch.setattr(editing, "filled", gone)
    assert send(api, "PATCH", HERE, {"top_k": 3}, If_Match='"1"').status_code == 404
