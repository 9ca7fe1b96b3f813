"""/api/v1/breakers/: which providers the ladders skip now, a process, and for how long."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets

from lakehouse.gateway.models import Breaker
from providers.permissions import ModelPermissions


class BreakerSerializer(serializers.ModelSerializer[Breaker]):
    state = serializers.ChoiceField(choices=["open", "half_open"], read_only=True)
    secs = serializers.FloatField(read_only=True, help_text="Until a call may try it.")
    host = serializers.CharField(source="instance.host", read_only=True)
    pid = serializers.IntegerField(source="instance.pid", read_only=True)

    class Meta:
        model = Breaker
        fields = ("provider", "state", "secs", "failures", "reason", "host", "pid", "changed_at")


@extend_schema(tags=["breakers"])
class BreakerViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Breaker]):
    """Those that are not listed are closed."""

    queryset = Breaker.objects.current()
    serializer_class = BreakerSerializer
    permission_classes = [ModelPermissions]
    filterset_fields: ClassVar[list[str]] = ["provider"]
