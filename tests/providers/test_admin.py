"""The admin answers an operator's questions, and holds no secret."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from providers.models import Listing, Provider, Source
from tests.providers.conftest import KEY, Shelf
from tests.providers.test_models import made
from tests.upstreams.base import Answer, UpstreamServer

pytestmark = pytest.mark.django_db

LIST = "/admin/providers/provider/"
ADD = f"{LIST}add/"

# What the browser sends for a new provider when a person fills in the name and the kind.
FORM = {
    "name": "corp",
    "kind": "echo",
    "base_url": "",
    "auth": "",
    "default_model": "",
    "enabled": "on",
    "unattended": "unknown",
    "clearance": "internal",
    "connect_timeout": "",
    "first_token_timeout": "",
    "idle_timeout": "",
    "total_timeout": "",
    "min_output_tokens": "",
    "max_concurrency": "0",
    "user_agent": "",
    "headers": "",
    "options": "",
}


def browser_of(*permissions: str) -> Client:
    """Signed in as a member of staff with these permissions on providers."""
    user = User.objects.create_user("staff", is_staff=True)
    names = [f"{permission}_provider" for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(shelf: Shelf) -> Client:
    return browser_of("view", "add", "change", "delete")


def page_of(provider: Provider) -> str:
    return f"{LIST}{provider.pk}/change/"


def errors(response: Any) -> dict[str, list[str]]:
    """The form's errors by field. Fails the test when the form was taken."""
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def act(client: Client, action: str, *providers: Provider) -> str:
    """The page after an action on rows of the list."""
    chosen = {"action": action, "_selected_action": [row.pk for row in providers]}
    return client.post(LIST, chosen, follow=True).content.decode()


def edited(provider: Provider, **values: str) -> dict[str, str]:
    """The form as the page shows it, with some fields changed."""
    switches = {"enabled": provider.enabled, "unattended": provider.unattended}
    shown = {
        **FORM,
        "kind": provider.kind,
        "base_url": provider.base_url,
        "auth": provider.auth or "none",
        "default_model": provider.default_model,
        **{name: "on" for name, on in switches.items() if on},
    }
    shown |= {name: f"{getattr(provider, name)}" for name in FORM if name.endswith("_timeout")}
    kept = {name: value for name, value in shown.items() if switches.get(name, True)}
    return {**kept, **values}


# --- the form --------------------------------------------------------------


def test_what_is_left_empty_starts_with_the_kinds_default(browser: Client) -> None:
    browser.post(ADD, FORM | {"kind": "kimi"})
    row = Provider.objects.get()
    assert (row.base_url, row.auth) == ("https://api.kimi.com/coding/v1", "KIMI_API_KEY")
    assert (row.unattended, row.min_output_tokens, row.source) == (False, 1500, Source.ADMIN)


def test_none_means_no_secret(browser: Client) -> None:
    browser.post(ADD, FORM | {"kind": "claude", "auth": "none"})
    row = Provider.objects.get()
    assert row.auth == ""
    page = browser.get(page_of(row))
    assert page.context["adminform"].form.initial["auth"] == "none"


def test_a_gated_provider_cannot_be_made_unattended(browser: Client) -> None:
    response = browser.post(ADD, FORM | {"kind": "kimi", "unattended": "true"})
    assert "interactive use only" in errors(response)["unattended"][0]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "Corp", "lower-case"),
        ("base_url", "https://me:canary@example.com", "user name"),
        ("total_timeout", "nan", "number"),
        ("total_timeout", "0", "above 0"),
        ("headers", '{"X-Api-Key": "x"}', "carries a secret"),
        ("headers", "{", "valid JSON"),
        ("options", '{"dely": 1}', "delay"),
        ("options", "[" * 100_000, "nested too deeply"),
        ("kind", "nothing", "valid choice"),
    ],
)
def test_a_wrong_value_is_said_at_its_field(
    browser: Client, field: str, value: str, said: str
) -> None:
    found = errors(browser.post(ADD, FORM | {field: value}))
    assert list(found) == [field]
    assert said in found[field][0]
    assert not Provider.objects.exists()


def test_a_key_in_the_field_for_its_name_does_not_come_back(browser: Client) -> None:
    response = browser.post(ADD, FORM | {"auth": "sk-canary-1234"})
    assert "names a secret" in errors(response)["auth"][0]
    assert "canary" not in response.content.decode()


def test_the_name_cannot_be_changed(browser: Client) -> None:
    row = made()
    browser.post(page_of(row), edited(row, name="other", idle_timeout="7"))
    row.refresh_from_db()
    assert (row.name, row.idle_timeout) == ("corp", 7)


def test_headers_and_options_are_shown_and_saved(browser: Client) -> None:
    row = made(headers={"X-Title": "Team"})
    assert "X-Title" in browser.get(page_of(row)).content.decode()
    browser.post(page_of(row), edited(row, options='{"delay": 1}'))
    row.refresh_from_db()
    assert (row.headers, row.options) == ({}, {"delay": 1})


def test_the_options_that_a_kind_knows_are_named(browser: Client) -> None:
    page = browser.get(page_of(made())).content.decode()
    assert "This kind knows: delay, pause, fail." in page


def test_an_edit_of_a_file_owned_provider_is_said_to_be_drift(synced: Shelf) -> None:
    row = Provider.objects.get(name="echo")
    response = browser_of("view", "change").post(
        page_of(row), edited(row, idle_timeout="7"), follow=True
    )
    assert "now differs from the registry file: idle_timeout" in response.content.decode()


# --- the page --------------------------------------------------------------


def test_the_page_shows_where_each_value_comes_from(synced: Shelf) -> None:
    Provider.objects.filter(name="corp").update(idle_timeout=99, enabled=False)
    page = browser_of("view").get(page_of(Provider.objects.get(name="corp"))).content.decode()
    for text in ("admin (drift)", "kind default", "99", "30", "CORP_KEY", "It was never checked"):
        assert text in page


def test_the_page_shows_the_last_check_and_the_models(
    server: UpstreamServer, django_assert_max_num_queries: Any
) -> None:
    row = made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    server.next(Answer.of({"data": [{"id": f"model-{n}"} for n in range(102)]}))
    client = browser_of("view", "change")
    client.post(reverse("admin:providers_provider_check", args=[row.pk]))
    page = client.get(page_of(row)).content.decode()
    for text in ("passed.", "key accepted", "model-0", "and 2 more"):
        assert text in page
    assert KEY not in page


def test_the_check_button_needs_the_permission_and_a_post(shelf: Shelf) -> None:
    url = reverse("admin:providers_provider_check", args=[made().pk])
    viewer = browser_of("view")
    assert viewer.post(url).status_code == 403
    assert viewer.get(url).status_code == 405
    assert "Check now" not in viewer.get(page_of(Provider.objects.get())).content.decode()


def test_the_check_button_says_how_it_went(browser: Client) -> None:
    url = reverse("admin:providers_provider_check", args=[made().pk])
    assert "1 checked: 1 passed, 0 failed." in browser.post(url, follow=True).content.decode()


# --- the list --------------------------------------------------------------


def test_the_list_shows_how_each_provider_stands(synced: Shelf) -> None:
    corp = Provider.objects.get(name="corp")
    Provider.objects.filter(name="corp").update(idle_timeout=99)
    Listing.objects.create(provider=corp, models=[{"id": "a"}], error="no", checked_at=corp.created)
    page = browser_of("view").get(LIST).content.decode()
    for text in ("missing", "not needed", "failed", "never", "idle_timeout"):
        assert text in page


def test_the_list_takes_the_same_few_queries_however_long(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        Listing.objects.create(provider=made(f"p{number}"))
    browser.get(LIST)
    with django_assert_max_num_queries(9):
        browser.get(LIST)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("usable=yes", ["good"]),
        ("usable=disabled", ["off"]),
        ("usable=secret", ["keyless"]),
        ("usable=failed", ["keyless"]),
        ("usable=unknown", ["filed", "off"]),
        ("drift=yes", ["filed"]),
        ("drift=no", ["good", "keyless", "off"]),
        ("kind=claude", ["keyless"]),
        ("q=anthropic", ["keyless"]),
        ("", ["filed", "good", "keyless", "off"]),
    ],
)
def test_the_list_answers_questions(browser: Client, query: str, names: list[str]) -> None:
    Listing.objects.create(provider=made("good"))
    Listing.objects.create(provider=made("keyless", kind="claude"), error="no key")
    made("off", enabled=False)
    filed = made("filed")
    filed.source, filed.applied = Source.FILE, filed.values | {"enabled": False}
    filed.save()
    shown = browser.get(f"{LIST}?{query}").context["cl"].result_list
    assert [row.name for row in shown] == names


# --- actions ---------------------------------------------------------------


def test_disabling_counts_and_is_in_the_history(browser: Client) -> None:
    rows = [made("a"), made("b"), made("c", enabled=False)]
    assert "2 disabled. 1 were disabled before." in act(browser, "disable", *rows)
    assert not Provider.objects.enabled().exists()
    assert LogEntry.objects.count() == 2


def test_enabling_counts(browser: Client) -> None:
    assert "1 enabled." in act(browser, "enable", made(enabled=False))
    assert Provider.objects.enabled().count() == 1


def test_checking_counts_and_says_what_failed(server: UpstreamServer) -> None:
    good = made("good")
    bad = made("bad", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    server.next(Answer.of({"error": {"message": f"no {KEY}"}}, status=401))
    page = act(browser_of("view", "change"), "check_now", good, bad)
    assert "2 checked: 1 passed, 1 failed." in page
    assert "bad: " in page
    assert KEY not in page


@pytest.mark.parametrize("action", ["check_now", "enable", "disable"])
def test_an_action_needs_the_permission_to_change(shelf: Shelf, action: str) -> None:
    row = made()
    act(browser_of("view", "add", "delete"), action, row)
    row.refresh_from_db()
    assert row.enabled
    assert not Listing.objects.exists()
