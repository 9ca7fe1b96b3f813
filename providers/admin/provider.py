"""The admin's list and page of providers."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display

from providers import listings, objections, secrets
from providers.admin.filters import DriftFilter, UsableFilter
from providers.admin.form import ProviderForm
from providers.admin.standing import panel
from providers.models import Provider, ProviderQuerySet

_SECRET_COLOURS = {state.value: "danger" for state in secrets.State} | {
    secrets.State.PRESENT.value: "success",
    secrets.State.NOT_NEEDED.value: "info",
}


@admin.register(Provider)
class ProviderAdmin(ModelAdmin):
    form = ProviderForm
    list_display = (
        "name",
        "kind",
        "enabled",
        "source",
        "shown_secret",
        "shown_check",
        "shown_models",
        "shown_drift",
    )
    list_filter = (UsableFilter, DriftFilter, "kind", "source", "unattended", "clearance")
    list_select_related = ("listing",)
    search_fields = ("name", "base_url", "default_model")
    actions = ("check_now", "enable", "disable")
    change_form_outer_after_template = "providers/admin/standing.html"
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "kind", "base_url", "auth", "default_model", "enabled"),
                "description": "For a known kind, what is left empty is its default.",
            },
        ),
        (
            "What it may receive, and when",
            {
                "fields": ("clearance", "unattended", "min_output_tokens", "max_concurrency"),
                "description": "These limits hold for every call, whoever makes it.",
            },
        ),
        (
            "How long to wait",
            {
                "fields": (
                    ("connect_timeout", "first_token_timeout"),
                    ("idle_timeout", "total_timeout"),
                ),
                "description": "Seconds. When one passes, the call ends with a timeout.",
            },
        ),
        (
            "How it is spoken to",
            {
                "fields": ("user_agent", "headers", "options"),
                "description": "Secrets never belong here: they are named in the field above only.",
            },
        ),
    )

    # --- the list ---

    @display(description="secret", label=_SECRET_COLOURS)
    def shown_secret(self, provider: Provider) -> str:
        return secrets.status(provider).state.value

    @display(
        description="last check",
        ordering="listing__checked_at",
        label={"passed": "success", "failed": "danger", "never": "info"},
    )
    def shown_check(self, provider: Provider) -> str:
        listing = getattr(provider, "listing", None)
        if listing is None or listing.checked_at is None:
            return "never"
        return "failed" if listing.error else "passed"

    @display(description="models")
    def shown_models(self, provider: Provider) -> int:
        listing = getattr(provider, "listing", None)
        return len(listing.models) if listing else 0

    @display(description="drift")
    def shown_drift(self, provider: Provider) -> str:
        return ", ".join(entry.field for entry in provider.drift) or "-"

    # --- actions ---

    @admin.action(description="Check (free calls only)", permissions=["change"])
    def check_now(self, request: HttpRequest, queryset: ProviderQuerySet) -> None:
        self._check(request, queryset.with_listing())

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: ProviderQuerySet) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: ProviderQuerySet) -> None:
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: ProviderQuerySet, *, on: bool) -> None:
        said = "enabled" if on else "disabled"
        changed = 0
        for provider in queryset.exclude(enabled=on):
            provider.enabled = on
            # One by one, so that signals make it live in this process at once.
            provider.save(update_fields=["enabled", "updated"])
            self.log_change(request, provider, f"{said} in the list")
            changed += 1
        before = queryset.count() - changed
        rest = f" {before} were {said} before." if before else ""
        self.message_user(request, f"{changed} {said}.{rest}", messages.SUCCESS)

    def _check(self, request: HttpRequest, providers: Iterable[Provider]) -> None:
        results = listings.check_and_save(providers)
        for result in results:
            if not result.ok:
                self.message_user(request, f"{result.provider}: {result.error}", messages.ERROR)
        failed = sum(not result.ok for result in results)
        text = f"{len(results)} checked: {len(results) - failed} passed, {failed} failed."
        self.message_user(request, text, messages.WARNING if failed else messages.SUCCESS)

    # --- the page ---

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(self.check_view)
        own = path("<int:pk>/check/", check, name="providers_provider_check")
        return [own, *super().get_urls()]

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page's button. Not part of saving, which holds a transaction."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        provider = get_object_or_404(Provider, pk=pk)
        if not self.has_change_permission(request, provider):
            raise PermissionDenied
        self._check(request, [provider])
        return HttpResponseRedirect(reverse("admin:providers_provider_change", args=[pk]))

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        return ("name",) if obj else ()

    def get_deleted_objects(self, objs: Iterable[Provider], request: HttpRequest) -> Any:
        """What the question before deleting shows: with what keeps them beside rows."""
        found = (f"{provider}: {use}" for provider in objs for use in objections.uses_of(provider))
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing, [*protected, *found]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Provider | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            # As it is stored, not as the form has it: the form may hold what was refused.
            stored = Provider.objects.with_listing().get(pk=obj.pk)
            context["standing"] = panel(stored)
            if self.has_change_permission(request, obj):
                check_url = reverse("admin:providers_provider_check", args=[obj.pk])
                context["standing"]["check_url"] = check_url
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if drift := obj.drift:
            names = ", ".join(entry.field for entry in drift)
            self.message_user(
                request,
                f"{obj.name} now differs from the registry file: {names}. export_providers writes "
                "this into the file; sync_providers --apply sets the file's values again.",
                messages.WARNING,
            )
