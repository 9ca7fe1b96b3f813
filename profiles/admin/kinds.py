"""The four kinds of profile: what their forms group, and what their lists show besides."""

from typing import Any

from django.contrib import admin

from profiles.admin.filters import ProviderFilter
from profiles.admin.profile import ProfileAdmin
from profiles.models import ExecutionProfile, MemoryProfile, ObserverProfile, RetrievalProfile

_WHAT = (
    None,
    {
        "fields": ("name", "description", "owner"),
        "description": "What is saved here is a draft. Calls get it once it is activated.",
    },
)


@admin.register(ExecutionProfile)
class ExecutionAdmin(ProfileAdmin):
    list_display = (
        *("name", "shown_traffic", "shown_draft", "shown_provider", "model"),
        *("owner", "shown_age"),
    )
    list_filter = (*ProfileAdmin.list_filter, ProviderFilter)
    search_fields = (*ProfileAdmin.search_fields, "provider__name", "model")
    fieldsets = (
        _WHAT,
        (
            "Who answers",
            {
                "fields": ("provider", "model", "ladder"),
                "description": "Which provider is asked, and what is tried when it fails.",
            },
        ),
        (
            "What it is told",
            {
                "fields": ("system_prompt", "stop", "max_output_tokens", "output_floor"),
                "description": "A call's own stop texts and output limit win over these.",
            },
        ),
        (
            "How it samples",
            {
                "fields": (
                    ("temperature", "top_p"),
                    ("top_k", "seed"),
                    ("presence_penalty", "frequency_penalty"),
                    "reasoning_effort",
                ),
                "description": "Empty: the provider's own default. A call's own value wins.",
            },
        ),
        (
            "What its answers are held to",
            {
                "fields": ("validators", "task_class"),
                "description": (
                    "Checks of a complete answer, one a line: a name, or an object with its "
                    'settings, like {"max_length": {"words": 500}}. '
                    "`manage.py validate --list` shows them all."
                ),
            },
        ),
        (
            "What goes with it",
            {
                "fields": ("retrieval", "memory", "observer"),
                "description": "Profiles of the other kinds. Empty: the live one of that kind.",
            },
        ),
    )

    @admin.display(description="provider", ordering="provider_id", empty_value="-")
    def shown_provider(self, profile: Any) -> str | None:
        name: str | None = profile.provider_id
        return name


@admin.register(RetrievalProfile)
class RetrievalAdmin(ProfileAdmin):
    fieldsets = (
        _WHAT,
        (
            "How much is found",
            {
                "fields": ("top_k", "rerank_top_k", "score_threshold", "playbook_boost"),
                "description": "Candidates are found, reranked, and the best of them kept.",
            },
        ),
        (
            "What is left out",
            {
                "fields": ("freshness_cutoff_days", "include_undated", "sensitivity_gate"),
                "description": "What these leave out never reaches a provider.",
            },
        ),
    )


@admin.register(MemoryProfile)
class MemoryAdmin(ProfileAdmin):
    fieldsets = (
        _WHAT,
        (
            "How much of a session is recalled",
            {
                "fields": ("history_turns", "history_tokens"),
                "description": "Whichever is reached first.",
            },
        ),
        (
            "How much playbooks and documents count",
            {
                "fields": ("playbook_boost_ceiling", "doc_staleness_days"),
                "description": "What is old or unproven counts for less; nothing is deleted.",
            },
        ),
        (
            "When a playbook is retired",
            {
                "fields": ("retire_min_uses", "retire_below_success"),
                "description": "A retired playbook is hidden, not deleted, and can come back.",
            },
        ),
    )


@admin.register(ObserverProfile)
class ObserverAdmin(ProfileAdmin):
    fieldsets = (
        _WHAT,
        (
            "When failures are an alert",
            {
                "fields": ("failure_cluster_size", "failure_cluster_secs", "alert_cooldown_secs"),
                "description": "Equal failures close together are one alert, not many.",
            },
        ),
        (
            "What is kept in memory",
            {"fields": ("ring_size",), "description": "The newest calls of each process."},
        ),
        (
            "What is forwarded",
            {
                "fields": ("langfuse", "langfuse_queue", "langfuse_content"),
                "description": "Where to is set where Lakehouse is started, never here.",
            },
        ),
    )
