"""What a client gets when a write is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as FieldErrors
from django.db import IntegrityError
from rest_framework import exceptions, status

from profiles.activation.locking import TryAgain
from profiles.editing import InUse, Stale
from providers.api.problems import Conflict, Unavailable


class PreconditionFailed(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"


@contextmanager
def told() -> Iterator[None]:
    """Turns what editing and the database raise into answers."""
    try:
        yield
    except FieldErrors as error:
        raise exceptions.ValidationError(_by_field(error)) from None
    except Stale as error:
        raise PreconditionFailed(str(error)) from None
    except InUse as error:
        raise Conflict(str(error)) from None
    except ObjectDoesNotExist:
        raise exceptions.NotFound("It was deleted at the same moment.") from None
    except IntegrityError as error:
        if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
            text = "One of this name was made at the same moment."
            raise exceptions.ValidationError({"name": [text]}) from None
        raise Conflict(
            "Something that it names was changed or deleted at the same moment. Nothing was "
            "written: send it again."
        ) from None
    except TryAgain as error:
        raise Unavailable(str(error)) from None


def _by_field(error: FieldErrors) -> dict[str, list[str]]:
    found = error.message_dict
    if "__all__" in found:
        found["non_field_errors"] = found.pop("__all__")
    return found
