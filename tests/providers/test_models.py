"""A provider's row: checked by the form's rules, then by the database, then made an endpoint."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from providers import fields
from providers.endpoint import Timeouts
from providers.models import Clearance, Listing, Provider, Source

pytestmark = pytest.mark.django_db


def made(name: str = "corp", **more: Any) -> Provider:
    """A stored provider of a kind without a network, or of the kind given."""
    kind = more.get("kind", "echo")
    provider = Provider(name=name, **(fields.starting(kind) | more))
    provider.full_clean()
    provider.save()
    return provider


def faults(**more: Any) -> dict[str, list[str]]:
    """What is wrong with a provider of these values. Fails the test when nothing is."""
    with pytest.raises(ValidationError) as caught:
        made(**more)
    return caught.value.message_dict


# --- rules -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "Corp", "1corp", "corp/x", "c" * 64, "bücher", "a b"])
def test_a_name_that_is_no_prefix_is_refused(name: str) -> None:
    assert list(faults(name=name)) == ["name"]


def test_a_base_url_is_stored_in_one_spelling() -> None:
    assert made(base_url="HTTPS://API.example.com/v1/").base_url == "https://api.example.com/v1"


def test_a_base_url_with_a_password_is_refused_once_and_not_repeated() -> None:
    (message,) = faults(base_url="https://me:hunter2@example.com")["base_url"]
    assert "hunter2" not in message


@pytest.mark.parametrize("auth", ["sk-canary-12345", "my_key", "KEY-1", "K\n"])
def test_an_auth_that_is_no_reference_is_refused_and_not_repeated(auth: str) -> None:
    (message,) = faults(auth=auth)["auth"]
    assert auth not in message


def test_none_means_no_secret() -> None:
    assert made(auth="none").auth == ""


@pytest.mark.parametrize("seconds", [0, -1, 3601, float("nan"), float("inf")])
def test_a_timeout_is_positive_and_at_most_an_hour(seconds: float) -> None:
    assert list(faults(idle_timeout=seconds)) == ["idle_timeout"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([], "is an object"),
        ({str(n): "x" for n in range(33)}, "at most 32"),
        ({"X-Api-Key": "x"}, "carries a secret"),
        ({"Authorization": "x"}, "carries a secret"),
        ({"X-Auth-Token": "x"}, "carries a secret"),
        ({"Cookie": "x"}, "carries a secret"),
        ({"Host": "x"}, "set by the gateway"),
        ({"Content-Length": "5"}, "set by the gateway"),
        ({"X-Forwarded-For": "1.2.3.4"}, "set by the gateway"),
        ({"User-Agent": "x"}, "the field user_agent"),
        ({"X-A": "x\r\nX-B: y"}, "one line"),
        ({"X-A": " x"}, "without spaces around it"),
        ({"X-A": ""}, "one line"),
        ({"X-A": 5}, "one line"),
        ({"X A": "x"}, "letters, digits"),
        ({"sk-canary-123456": "x"}, "letters, digits"),
        ({"X-A": "Bearer abc-12345"}, "looks like a key"),
        ({"X-A": "x", "x-a": "y"}, "is there twice"),
    ],
)
def test_a_header_that_steers_or_holds_a_key_is_refused(headers: Any, reason: str) -> None:
    (message,) = faults(headers=headers)["headers"]
    assert reason in message
    assert "canary" not in message


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([1], "is an object"),
        ({"dely": 1}, 'Did you mean "delay"?'),
        ({"delay": "1"}, '"delay" must be a number'),
        ({"delay": True}, '"delay" must be a number'),
        ({"delay": float("nan")}, '"delay" must be a number'),
        ({"fail": 1}, '"fail" must be a text'),
        ({"fail": "a\0b"}, '"fail" must be a text'),
        ({"fail": "\ud800"}, '"fail" must be a text'),
    ],
)
def test_an_option_that_the_adapter_does_not_know_is_refused(options: Any, reason: str) -> None:
    (message,) = faults(options=options)["options"]
    assert reason in message


def test_an_option_that_holds_an_object_is_looked_into() -> None:
    bad = {"safety_settings": {"x": ["\0", 1.5]}}
    assert "must be an object" in faults(kind="gemini", options=bad)["options"][0]


def test_a_whole_number_and_a_switch_are_not_mixed_up() -> None:
    said = faults(kind="claude", options={"max_tokens": True})["options"]
    assert said == ['options: "max_tokens" must be a whole number.']


def test_a_kind_without_options_says_so() -> None:
    said = faults(kind="kimi", options={"x": 1})["options"]
    assert said == ['options has no "x". None are known here.']


@pytest.mark.parametrize("user_agent", ["a\r\nb", "ünicode", "x\0"])
def test_a_user_agent_is_one_line_of_ascii(user_agent: str) -> None:
    assert "user_agent" in faults(user_agent=user_agent)


def test_a_default_model_has_no_control_characters() -> None:
    assert "default_model" in faults(default_model="a\0b")


def test_a_gated_provider_cannot_be_unattended() -> None:
    (message,) = faults(kind="kimi", unattended=True)["unattended"]
    assert "interactive use only" in message


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        Provider(name="x", **(fields.starting("echo") | {"kind": "nothing"})).full_clean()
    assert list(caught.value.message_dict) == ["kind"]


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("name", "Corp", "provider_name_is_a_lowercase_prefix"),
        ("base_url", "https://me:x@example.com", "provider_base_url_is_http"),
        ("base_url", "file:///etc/passwd", "provider_base_url_is_http"),
        ("auth", "sk-canary", "provider_auth_names_a_secret_and_holds_none"),
        ("clearance", "top", "provider_clearance_is_a_known_label"),
        ("source", "other", "provider_source_is_file_or_admin"),
        ("idle_timeout", 0, "provider_timeouts_are_positive_and_at_most_an_hour"),
        ("total_timeout", float("nan"), "provider_timeouts_are_positive_and_at_most_an_hour"),
    ],
)
def test_the_database_itself_refuses_it(column: str, value: Any, constraint: str) -> None:
    made()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Provider.objects.update(**{column: value})


# --- questions -------------------------------------------------------------


def test_questions_have_names() -> None:
    made("a")
    made("b", enabled=False, unattended=False)
    Provider.objects.filter(name="a").update(source=Source.FILE)
    names = [
        [row.name for row in rows]
        for rows in (
            Provider.objects.enabled(),
            Provider.objects.live(),
            Provider.objects.unattended(),
            Provider.objects.from_file(),
            Provider.objects.from_admin(),
        )
    ]
    assert names == [["a"], ["a"], ["a"], ["a"], ["b"]]


def test_the_live_ones_come_with_their_listings_in_one_query(
    django_assert_num_queries: Any,
) -> None:
    for name in ("b", "a"):
        Listing.objects.create(provider=made(name), models=[{"id": f"{name}-model"}])
    with django_assert_num_queries(1):
        found = [provider.endpoint().models for provider in Provider.objects.live()]
    assert found == [("a-model",), ("b-model",)]


# --- the endpoint ----------------------------------------------------------


def test_an_endpoint_has_everything_a_call_needs() -> None:
    provider = made(
        headers={"X-Title": "Team"}, options={"delay": 1}, clearance="restricted", user_agent="me/1"
    )
    endpoint = provider.endpoint()
    assert endpoint.headers == (("x-title", "Team"),)
    assert (endpoint.options, endpoint.clearance) == ({"delay": 1}, "restricted")
    assert (endpoint.user_agent, endpoint.models) == ("me/1", ())
    assert endpoint.timeouts == Timeouts(5.0, 120.0, 60.0, 600.0)


def test_the_environment_overrides_the_total_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORP_TIMEOUT_SECS", "7")
    assert made().endpoint().timeouts.total == 7.0


def test_a_row_of_a_kind_that_is_gone_still_makes_an_endpoint_and_a_provenance() -> None:
    provider = made()
    provider.kind = "gone"
    assert provider.endpoint().kind == "gone"
    assert len(provider.provenance()) == len(fields.NAMES)


def test_a_provider_and_its_listing_say_their_names() -> None:
    provider = made()
    assert str(provider) == "corp"
    assert str(Listing(provider=provider)) == "models of corp"


def test_clearances_are_in_order() -> None:
    assert Clearance.values == ["public", "internal", "confidential", "restricted"]
