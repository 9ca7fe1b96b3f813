"""What a client of the management API gets for what DRF has no answer to."""

import logging
from typing import Any

from django.db import OperationalError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

logger = logging.getLogger(__name__)


class Conflict(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Unavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"


def answered(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler, with a 503 while the database is away, full, or others hold its locks."""
    if isinstance(error, OperationalError):
        logger.warning("a 503 of the management API: %s", error)
        error = Unavailable(
            "The database did not do this in time, so it was not done. Try again in a moment."
        )
    return exception_handler(error, context)
