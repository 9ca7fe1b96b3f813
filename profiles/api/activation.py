"""How an activation looks in answers, and what asking for one can be told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from profiles.activation import activate, record
from profiles.activation.model import Activation
from providers.api.problems import Conflict, Unavailable


class StepSerializer(serializers.Serializer[record.Step]):
    name = serializers.CharField()
    result = serializers.CharField(help_text="running, ok, failed or skipped")
    detail = serializers.CharField()
    milliseconds = serializers.IntegerField()


class ActivationSerializer(serializers.ModelSerializer[Activation]):
    steps = serializers.SerializerMethodField()
    waiting_for = serializers.SerializerMethodField(
        help_text="What a pending one lacks, and what to do. Empty: nothing."
    )
    url = serializers.SerializerMethodField()

    class Meta:
        model = Activation
        fields = (
            "id",
            "url",
            "number",
            "kind",
            "profile",
            "revision",
            "state",
            "requested_by",
            "requested_via",
            "requested_at",
            "started_at",
            "finished_at",
            "flip_ms",
            "runner",
            "steps",
            "waiting_for",
            "error",
            "before_profile",
            "before_revision",
            "rollback_to",
        )
        read_only_fields = fields

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, activation: Activation) -> Any:
        return [StepSerializer(step).data for step in record.steps_of(activation)]

    def get_waiting_for(self, activation: Activation) -> str:
        return record.waiting_for(activation)

    def get_url(self, activation: Activation) -> str:
        return url_of(activation)


class BusySerializer(serializers.Serializer[Any]):
    """Who holds it, and what to do."""

    detail = serializers.CharField()
    activation = ActivationSerializer()


BUSY = OpenApiResponse(BusySerializer, "Another activation of the profile is open.")


def url_of(activation: Activation) -> str:
    return reverse("activation-detail", args=[activation.pk])


def accepted(activation: Activation) -> Response:
    """200 for one that has ended, else 202; Location says where to look again."""
    code = status.HTTP_200_OK if activation.ended else status.HTTP_202_ACCEPTED
    shown = ActivationSerializer(activation).data
    return Response(shown, code, headers={"Location": url_of(activation)})


class ActivationBusy(Conflict):
    """Says who and since when, and shows the activation that is open."""

    def __init__(self, error: activate.Busy) -> None:
        super().__init__()
        # Not through the base: it would turn numbers and nulls into texts.
        document: Any = {
            "detail": str(error),
            "activation": ActivationSerializer(error.activation).data,
        }
        self.detail = document


@contextmanager
def asked() -> Iterator[None]:
    """Turns what asking for an activation raises into answers."""
    try:
        yield
    except activate.Busy as error:
        raise ActivationBusy(error) from None
    except (activate.ProfileNotFound, activate.Revision.DoesNotExist) as error:
        raise NotFound(str(error)) from None
    except activate.TryAgain as error:
        raise Unavailable(str(error)) from None
