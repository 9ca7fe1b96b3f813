"""Who is calling: a bearer key, looked up in memory."""

import time

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from lakehouse.errors import ApiError
from lakehouse.gateway import live
from lakehouse.gateway.live import Principal
from lakehouse.gateway.models.api_key import digest

SCHEME = "bearer "
HOW = "Send it as 'Authorization: Bearer lh_…'. manage.py create_api_key makes one."


def principal_of(request: HttpRequest) -> Principal:
    """The key's principal. Raises ApiError(401) that says what is wrong with the key."""
    if not _has_bearer(request):
        raise _refused(f"This call needs an API key. {HOW}")
    token = request.META["HTTP_AUTHORIZATION"][len(SCHEME) :].strip()
    found = live.current().keys.get(digest(token))
    if found is None:
        raise _refused(f"This API key is not known, or was revoked. {HOW}")
    if found.expires_at is not None and found.expires_at <= time.time():
        raise _refused(
            f"This API key ({found.label}) has expired. Ask {found.owner} for a new one."
        )
    return found


def _has_bearer(request: HttpRequest | Request) -> bool:
    return bool(request.META.get("HTTP_AUTHORIZATION", "")[: len(SCHEME)].lower() == SCHEME)


def _refused(message: str) -> ApiError:
    return ApiError(
        401,
        "invalid_api_key",
        message,
        retry=False,
        headers={"www-authenticate": 'Bearer realm="lakehouse"'},
    )


class KeyUser:
    """What DRF's permissions see of a key that may manage: a staff member by its label."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.pk = None
        self.is_staff = self.is_superuser = principal.may_manage
        self.clearance = principal.clearance  # as profiles.labelled reads it
        self.key_id = principal.id  # whose sessions are its own

    def __str__(self) -> str:
        return f"key {self.principal.label}"

    def has_perms(self, _permissions: list[str], _obj: object = None) -> bool:
        return self.principal.may_manage

    def has_perm(self, _permission: str, _obj: object = None) -> bool:
        return self.principal.may_manage


class KeyAuthentication(BaseAuthentication):
    """For the management API: a key whose `may_manage` is set."""

    def authenticate(self, request: Request) -> tuple[KeyUser, Principal] | None:
        if not _has_bearer(request):
            return None
        try:
            principal = principal_of(request)
        except ApiError as error:
            raise AuthenticationFailed(error.message) from error
        return KeyUser(principal), principal

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="lakehouse"'
