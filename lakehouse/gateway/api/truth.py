"""/api/v1/truth/: the rules in force, how often they fired, and trying them; they live in files."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lakehouse.errors import ApiError
from lakehouse.gateway import rules_live
from lakehouse.gateway.rule_counts import Count, counts
from lakehouse.gateway.ruled_trying import Impossible, tried
from lakehouse.truth.rule import Rule
from providers.api.known_fields import KnownFields
from providers.api.query import refuse_others


class MayViewCalls(BasePermission):
    """Who may read the ledger may read what the rules say, and try them."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        known = user and user.is_authenticated and user.is_active and user.is_staff
        return bool(known and user.has_perm("gateway.view_call"))


class RuleSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    task_class = serializers.CharField(help_text='"*": of every call.')
    description = serializers.CharField()
    stage = serializers.CharField(help_text="request or answer")
    action = serializers.CharField(help_text="pass, reject, redact or block")
    file = serializers.CharField()
    line = serializers.IntegerField()
    fired = serializers.IntegerField(help_text="Calls within the last 24 hours.")
    last = serializers.DateTimeField(allow_null=True)


class RulesSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField(allow_null=True, help_text="When they were read.")
    problems = serializers.ListField(
        child=serializers.CharField(),
        help_text="Of the files as they are: where there are any, an older set is in force.",
    )
    rules = RuleSerializer(many=True)


class EvaluateSerializer(KnownFields):
    request = serializers.JSONField(help_text="A chat request's body.")
    answer = serializers.JSONField(required=False, help_text="A text, or a chat.completion.")
    call = serializers.DictField(required=False, help_text="key, owner, clearance, provider, …")
    task_class = serializers.CharField(required=False, max_length=63)


class FiredSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    stage = serializers.CharField()
    action = serializers.CharField()
    file = serializers.CharField()
    line = serializers.IntegerField()
    description = serializers.CharField()


class EndedSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    message = serializers.CharField()
    undecided = serializers.BooleanField()


class EvaluatedSerializer(serializers.Serializer[Any]):
    task_class = serializers.CharField()
    fired = FiredSerializer(many=True)
    ended = EndedSerializer(allow_null=True)
    request = serializers.JSONField(help_text="As it would go to the provider.")
    answer = serializers.JSONField(allow_null=True, help_text="As the client would get it.")


def told(rule: Rule, count: Count) -> dict[str, Any]:
    return {
        "id": rule.id,
        "task_class": rule.task_class,
        "description": rule.description,
        "stage": rule.stage,
        "action": rule.action_name.lower(),
        "file": rule.file,
        "line": rule.line,
        "fired": count.calls,
        "last": count.last,
    }


class RulesView(APIView):
    permission_classes = [MayViewCalls]

    @extend_schema(operation_id="truth_rules", tags=["truth"], responses=RulesSerializer)
    def get(self, request: Request) -> Response:
        """The rules in force in the process that answers, in their order."""
        refuse_others(request, self)
        standing, fired = rules_live.shown(), counts()
        rules = [told(rule, fired.get(rule.id, Count())) for rule in standing.rules.rules]
        problems = list(map(str, standing.problems))
        found = {"since": standing.since, "problems": problems, "rules": rules}
        return Response(RulesSerializer(found).data)


class EvaluateView(APIView):
    permission_classes = [MayViewCalls]

    @extend_schema(
        operation_id="truth_evaluate",
        tags=["truth"],
        request=EvaluateSerializer,
        responses=EvaluatedSerializer,
    )
    def post(self, request: Request) -> Response:
        """Which rules would fire on this request and answer, and what would come out."""
        refuse_others(request, self)
        body = EvaluateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            found = tried(rules_live.shown().rules, **body.validated_data)
        except Impossible as error:
            raise ValidationError({error.field: [str(error)]}) from None
        except ApiError as error:
            raise ValidationError({"request": [error.message]}) from None
        return Response(EvaluatedSerializer(found).data)
