"""The paths programs call; the lean handler serves these."""

from django.urls import path

from lakehouse.gateway.views.chat import ChatView, CompletionsView, ExplainView
from lakehouse.gateway.views.embeddings import EmbeddingsView
from lakehouse.gateway.views.feedback import FeedbackView
from lakehouse.gateway.views.health import healthz, readyz
from lakehouse.gateway.views.iterate import IterateView
from lakehouse.gateway.views.metrics import metrics
from lakehouse.gateway.views.models import ModelsView, ModelView
from lakehouse.gateway.views.validate import ValidateView

urlpatterns = [
    path("v1/chat", ChatView.as_view(), name="chat"),
    path("v1/chat/completions", CompletionsView.as_view(), name="chat-completions"),
    path("v1/chat/explain", ExplainView.as_view(), name="chat-explain"),
    path("v1/chat/<uuid:judged>/feedback", FeedbackView.as_view(), name="chat-feedback"),
    path("v1/iterate", IterateView.as_view(), name="iterate"),
    path("v1/validate", ValidateView.as_view(), name="validate"),
    path("v1/models", ModelsView.as_view(), name="models"),
    path("v1/models/<path:model>", ModelView.as_view(), name="model"),
    path("v1/embeddings", EmbeddingsView.as_view(), name="embeddings"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
