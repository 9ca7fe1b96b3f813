"""How the admin looks: its title and its side bar."""

from typing import Any

from django.urls import reverse_lazy


def link(title: str, icon: str, model: str, needs: str = "") -> dict[str, Any]:
    """A side-bar entry for the list of `app_model`, seen by those who may view it, or who have
    the permission `needs`."""
    app, _, name = model.partition("_")
    needed = needs or f"{app}.view_{name}"
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": lambda request: bool(request.user.has_perm(needed)),
    }


def page(title: str, icon: str, name: str, permission: str) -> dict[str, Any]:
    """A side-bar entry for the page with this name, seen by those with this permission."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(name),
        "permission": lambda request: bool(request.user.has_perm(permission)),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Lakehouse",
    "SITE_HEADER": "Lakehouse",
    "SITE_SUBHEADER": "One place between programs and models",
    "SITE_SYMBOL": "water",
    "SHOW_HISTORY": True,
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "title": "Gateway",
                "items": [
                    link("Providers", "hub", "providers_provider"),
                    link("API keys", "key", "gateway_apikey"),
                    link("Breakers", "electric_bolt", "gateway_breaker"),
                ],
            },
            {
                "title": "What happened",
                "separator": True,
                "items": [
                    page("Now", "monitor_heart", "now", "gateway.view_call"),
                    link("Calls", "swap_calls", "gateway_call"),
                    link("Usage", "bar_chart", "observing_rollup", needs="gateway.view_call"),
                    link("Failures", "crisis_alert", "observing_cluster"),
                    link("Alerts", "notifications", "observing_alert"),
                ],
            },
            {
                "title": "Profiles",
                "separator": True,
                "items": [
                    link("Execution", "bolt", "profiles_executionprofile"),
                    link("Retrieval", "manage_search", "profiles_retrievalprofile"),
                    link("Memory", "psychology", "profiles_memoryprofile"),
                    link("Observer", "visibility", "profiles_observerprofile"),
                    link("Ladders", "stairs", "profiles_ladder"),
                    link("Activations", "published_with_changes", "profiles_activation"),
                ],
            },
            {
                "title": "Knowledge",
                "separator": True,
                "items": [
                    link("Sessions", "forum", "profiles_session"),
                    link("Playbooks", "menu_book", "profiles_playbook"),
                    link("Feedback", "thumbs_up_down", "profiles_feedback"),
                    link("Documents", "description", "profiles_document"),
                ],
            },
            {
                "title": "Quality",
                "separator": True,
                "items": [
                    link("Audits", "policy", "audit_auditrun"),
                    link("Findings", "find_in_page", "audit_finding"),
                ],
            },
            {
                "title": "Work",
                "separator": True,
                "items": [link("Jobs", "work_history", "procrastinate_procrastinatejob")],
            },
            {
                "title": "People",
                "separator": True,
                "items": [
                    link("Users", "person", "auth_user"),
                    link("Groups", "group", "auth_group"),
                ],
            },
        ],
    },
}
