"""What every command here does round its work: who did it, and refusals as one clear message."""

import contextlib
import getpass
import os
from collections.abc import Iterator

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.core.management.base import CommandError
from django.db import IntegrityError, OperationalError

from profiles import revisions
from profiles.activation.activate import Busy, NeverLive, ProfileNotFound, Revision
from profiles.activation.cancel import TooLate
from profiles.activation.locking import TryAgain
from profiles.documents.entry import DocumentError
from profiles.documents.rows import NotThere
from profiles.editing import InUse, Stale

VIA = "command"
_NAMED = (
    *(NotThere, ProfileNotFound, Revision.DoesNotExist),
    *(Stale, InUse, Busy, NeverLive, TooLate, TryAgain),
)


def user() -> str:
    """Who runs the command, by the system's name for them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return f"uid {os.getuid()}"


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Turns every refusal of profiles, ladders and activations into a CommandError."""
    try:
        yield
    except ValidationError as error:
        raise CommandError(f"{faults(error)}\nNothing was changed.") from None
    except DocumentError as error:
        raise CommandError(f"{error}\nNothing was changed.") from None
    except _NAMED as error:
        raise CommandError(str(error)) from None
    except (ObjectDoesNotExist, IntegrityError):
        raise CommandError(
            "Somebody made, changed or deleted it, or what it names, at this moment. Nothing was "
            "changed: try again."
        ) from None
    except OperationalError:
        raise CommandError(
            "The database is away, or did not take it in time. Nothing was changed: try again; "
            "manage.py doctor says how the database stands."
        ) from None


@contextlib.contextmanager
def changing() -> Iterator[None]:
    """`refusals`, with what is written being by the shell's user."""
    with refusals(), revisions.acting(user(), VIA):
        yield


def faults(error: ValidationError) -> str:
    """One line a fault, with its field."""
    return "\n".join(
        message if field == NON_FIELD_ERRORS or message.startswith(field) else f"{field}: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )
