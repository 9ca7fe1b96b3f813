"""From an empty disk to something that can be served; each step does nothing when it is done."""

import secrets
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError
from django.db.models import Q

from lakehouse.gateway.models import ApiKey
from lakehouse.server import safety, schema, secret_key
from providers import registry, sync
from providers.registry_diff import Action

ADMIN = "admin"


class Shown(NamedTuple):
    """What is shown once: empty when it was made in an earlier run."""

    password: str
    token: str


def ensure_secret_key() -> None:
    if not safety.key():
        settings.SECRET_KEY = secret_key.ensure(settings.SECRET_KEY_FILE)


def migrate() -> int:
    """Apply what is missing; how many that were. Raises CommandError, naming what failed."""
    try:
        pending = schema.unapplied()
        call_command("migrate", interactive=False, verbosity=0)
        problem = schema.mismatch()
    except DatabaseError as error:
        raise CommandError(
            f"A migration failed, so nothing is served: {error}\nWhat it had not finished is "
            "undone. `manage.py migrate` shows which one; mend the cause, then run this again."
        ) from error
    if problem:
        raise CommandError(f"Nothing is served: {problem}")
    return len(pending)


def load_providers() -> dict[Action, int]:
    """The registry file into the database, edits made in the admin kept; counts by action.

    Raises CommandError with everything that is wrong with the file."""
    try:
        entries = registry.load(settings.PROVIDERS_FILE)
    except registry.RegistryError as error:
        raise CommandError(f"The registry of providers cannot be used:\n{error}") from error
    try:
        changes = sync.apply(entries, keep_drift=True)
    except sync.Refused as error:
        raise CommandError(f"The registry of providers cannot be applied:\n{error}") from error
    return {action: sum(c.action is action for c in changes) for action in Action}


def first_people() -> Shown:
    """The first superuser and the first API key, where there are none."""
    password = token = ""
    if not User.objects.filter(Q(is_superuser=True) | Q(username=ADMIN)).exists():
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(ADMIN, password=password)
    if not ApiKey.objects.exists():
        _, token = ApiKey.objects.issue(label="first key", owner=ADMIN)
    return Shown(password, token)
