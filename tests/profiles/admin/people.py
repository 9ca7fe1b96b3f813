"""Members of staff, and profiles as the admin's forms and pages have them."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import models
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from profiles.activation.model import Activation
from profiles.base import Profile
from profiles.kinds import model_of
from profiles.models import ExecutionProfile
from profiles.revisions import acting


def signed_in(name: str, *permissions: str) -> Client:
    """Staff with these permissions ("view_executionprofile"), or with every one."""
    user = User.objects.create_user(name, is_staff=True, is_superuser=not permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def made(name: str = "fast", kind: str = "execution", who: str = "ana", **values: Any) -> Profile:
    profile = model_of(kind)(name=name, **values)
    with acting(who, "admin"):
        profile.save()
    return profile


def edited(profile: Profile, who: str = "ana", via: str = "admin", **values: Any) -> Profile:
    for name, value in values.items():
        setattr(profile, name, value)
    with acting(who, via):
        profile.save()
    return profile


def in_traffic(profile: Profile, revision: int | None = None, *, live: bool = True) -> Profile:
    """As an activation leaves it."""
    rows = type(profile).objects
    if live:
        rows.filter(live=True).update(live=False)
    rows.filter(pk=profile.pk).update(live=live, activated_revision=revision or profile.revision)
    profile.refresh_from_db()
    return profile


def activation(profile: Profile, number: int = 1, **columns: Any) -> Activation:
    asked = {"requested_by": "ana", "requested_via": "admin", "revision": profile.revision}
    made: Activation = Activation.objects.create(
        number=number, kind=profile.kind, profile=profile.name, **asked | columns
    )
    return made


# --- pages -----------------------------------------------------------------


def lists(model: type[models.Model] = ExecutionProfile) -> str:
    return reverse(f"admin:profiles_{model._meta.model_name}_changelist")


def adds(model: type[models.Model] = ExecutionProfile) -> str:
    return reverse(f"admin:profiles_{model._meta.model_name}_add")


def page(row: models.Model, name: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def form(of: models.Model | type[models.Model]) -> dict[str, Any]:
    """What a browser would send from the page of a row, or of a new one, as it is."""
    row = None if isinstance(of, type) else of
    model_admin = admin.site.get_model_admin(of if isinstance(of, type) else type(of))
    shown = model_admin.get_form(_request(), row)(instance=row)
    values = {name: shown[name].value() for name in shown.fields}
    sent = {n: v for n, v in values.items() if v is not None and v is not False}
    return {name: "on" if value is True else value for name, value in sent.items()}


def listed(model: type[models.Model], query: str) -> list[Any]:
    """The rows that the list shows to ana, without the page around them."""
    model_admin = admin.site.get_model_admin(model)
    return list(model_admin.get_changelist_instance(_request(f"/?{query}")).result_list)


def _request(address: str = "/") -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = User(username="ana", is_superuser=True, is_active=True)
    return request


def send(client: Client, of: models.Model | type[models.Model], **typed: Any) -> Any:
    """The answer to the page's form with some fields typed anew."""
    address = adds(of) if isinstance(of, type) else page(of)
    return client.post(address, form(of) | typed)


def said(response: Any) -> str:
    """The messages that the next page shows."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def errors(response: Any) -> dict[str, list[str]]:
    """The form's errors by field. Fails the test when the form was taken."""
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)
