"""GET /v1/models and /v1/models/{id}: what this key may call: provider/model, and profiles."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema

from lakehouse.errors import ApiError
from lakehouse.gateway import live, schema
from lakehouse.gateway.live import Principal, Snapshot
from lakehouse.gateway.plan import LIVE, is_profile
from lakehouse.gateway.views.base import GatewayView, json_response
from providers.suggest import shown


class ModelsView(GatewayView):
    limited = False

    @extend_schema(
        operation_id="models_list",
        summary="List models",
        tags=["gateway"],
        responses={200: schema.LIST, "4XX": schema.ERROR},
    )
    async def get(
        self, request: HttpRequest, principal: Principal, call_id: UUID
    ) -> HttpResponseBase:
        """Every model of every provider this key may use, the default where none is listed, and
        the profiles: as `model` a profile's name gets what that profile says."""
        listed = [model_object(*pair) for pair in visible(live.current(), principal)]
        listed += [profile_object(name) for name in profiles(live.current(), principal)]
        return json_response(msgspec.json.encode({"object": "list", "data": listed}))


class ModelView(GatewayView):
    limited = False

    @extend_schema(
        operation_id="models_read",
        summary="One model",
        tags=["gateway"],
        responses={200: schema.OBJECT, "4XX": schema.ERROR},
    )
    async def get(
        self, request: HttpRequest, principal: Principal, call_id: UUID, model: str
    ) -> HttpResponseBase:
        """One entry of the list, by its provider/model id."""
        for provider, name in visible(live.current(), principal):
            if model == f"{provider}/{name}":
                return json_response(msgspec.json.encode(model_object(provider, name)))
        if model in profiles(live.current(), principal):
            return json_response(msgspec.json.encode(profile_object(model)))
        raise ApiError(
            404,
            "model_not_found",
            f'No model "{shown(model)}". GET /v1/models lists them.',
            param="model",
        )


def visible(snapshot: Snapshot, principal: Principal) -> list[tuple[str, str]]:
    return [
        (name, model)
        for name, endpoint in sorted(snapshot.endpoints.items())
        if endpoint.enabled and principal.may_use(name)
        for model in endpoint.models
        or ((endpoint.default_model,) if endpoint.default_model else ())
    ]


def profiles(snapshot: Snapshot, principal: Principal) -> list[str]:
    """The execution profiles that a call with this key may name, "live" where one is."""
    if principal.profile:
        return [principal.profile]
    live_one = [LIVE] if snapshot.profiles.live_execution else []
    names = [*sorted(snapshot.profiles.execution), *live_one]
    return [name for name in names if is_profile(snapshot, name)]


def profile_object(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "lakehouse"}


def model_object(provider: str, model: str) -> dict[str, Any]:
    return {"id": f"{provider}/{model}", "object": "model", "created": 0, "owned_by": provider}
