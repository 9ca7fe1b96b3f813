"""Which profile a request gets, and every try it may make, from a snapshot alone."""

from typing import Any

import msgspec
import pytest

from lakehouse.errors import ApiError
from lakehouse.gateway.live import Principal, Snapshot
from lakehouse.gateway.plan import Asked, Plan, plan
from profiles.execution.policy import Execution
from profiles.kinds import Kind
from profiles.ladder.policy import Ladder, Rung
from profiles.live import Profiles
from profiles.parameters import Parameters
from providers.endpoint import Endpoint

ANYONE = Principal(1, "test", "tests", "confidential", frozenset(), None, False, None)


def endpoint(name: str, **more: Any) -> Endpoint:
    return Endpoint(name, "echo", "", **({"default_model": f"{name}-default"} | more))


ENDPOINTS = {
    e.name: e
    for e in (
        endpoint("one", models=("m1", "m2")),
        endpoint("two", models=("m3",)),
        endpoint("gated", unattended=False, clearance="restricted"),
        endpoint("off", enabled=False),
        endpoint("open", clearance="public"),
        endpoint("bare", default_model=""),
    )
}
LADDER = Ladder("fast", (Rung(1, "two", "m3"), Rung(2, "one", "m1")))
PROFILES = {
    p.name: p
    for p in (
        Execution("listless", 1, provider="open", model="m"),
        Execution("main", 3, provider="one", model="m1"),
        Execution("safe", 1, provider="one", model="m1", ladder="fast"),
        Execution("interactive", 1, provider="gated"),
        Execution("anywhere", 1),
        Execution("floored", 1, provider="one", output_floor=500),
        Execution("dead", 1, provider="off", ladder="fast"),
    )
}


def snapshot(live: str = "", **ladders: Ladder) -> Snapshot:
    by_model: dict[str, tuple[str, ...]] = {}
    for e in ENDPOINTS.values():
        for model in e.models:
            by_model[model] = (*by_model.get(model, ()), e.name)
    profiles = Profiles(
        execution=PROFILES,
        live={Kind.EXECUTION: live} if live else {},
        ladders={"fast": LADDER, "none": Ladder("none")} | ladders,
        never_activated=frozenset({"draft"}),
    )
    return Snapshot(1, ENDPOINTS, {}, by_model, profiles)


def planned(live: str = "", who: Principal = ANYONE, **asked: Any) -> Plan:
    return plan(snapshot(live), who, Asked(**asked))


def tries(found: Plan) -> list[str]:
    return [f"{t.endpoint.name}/{t.model}" for t in found.tries]


def refused(live: str = "", who: Principal = ANYONE, **asked: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        planned(live, who, **asked)
    return caught.value.status, caught.value.code


# --- which profile, and where it leads ---


@pytest.mark.parametrize(
    ("live", "asked", "profile", "first"),
    [
        ("", {"profile": "main"}, "main@3", "one/m1"),
        ("", {"model": "main"}, "main@3", "one/m1"),
        ("main", {}, "main@3", "one/m1"),
        ("main", {"model": "live"}, "main@3", "one/m1"),
        ("main", {"profile": "live"}, "main@3", "one/m1"),
        ("main", {"model": "m2"}, "main@3", "one/m2"),
        ("main", {"model": "m3"}, "None", "two/m3"),
        ("main", {"provider": "two"}, "None", "two/two-default"),
        ("main", {"model": "two/x"}, "None", "two/x"),
        ("main", {"profile": "floored"}, "floored@1", "one/one-default"),
        ("", {"profile": "main", "model": "main"}, "main@3", "one/m1"),
        ("", {"profile": "main", "provider": "two"}, "main@3", "two/two-default"),
        ("", {"profile": "main", "model": "two/m9"}, "main@3", "two/m9"),
        ("", {"profile": "main", "model": "unheard-of"}, "main@3", "one/unheard-of"),
        ("", {"profile": "anywhere", "model": "m3"}, "anywhere@1", "two/m3"),
        ("", {"model": "m3"}, "None", "two/m3"),
    ],
)
def test_a_request_goes_where_the_order_says(
    live: str, asked: dict[str, Any], profile: str, first: str
) -> None:
    found = planned(live, ANYONE, **asked)
    assert (str(found.profile), tries(found)[0]) == (profile, first)


@pytest.mark.parametrize(
    ("live", "asked", "status", "code"),
    [
        ("", {}, 400, "model_required"),
        ("", {"model": "live"}, 404, "profile_not_found"),
        ("", {"profile": "mian"}, 404, "profile_not_found"),
        ("", {"profile": "draft"}, 404, "profile_not_found"),
        ("", {"profile": "anywhere"}, 400, "model_required"),
        ("main", {"model": "unheard-of"}, 404, "model_not_found"),
        ("", {"ladder": "fats"}, 404, "ladder_not_found"),
        ("", {"ladder": "none"}, 400, "model_required"),
        ("interactive", {}, 403, "ask_by_name"),
        ("", {"provider": "off"}, 503, "provider_disabled"),
    ],
)
def test_a_request_that_leads_nowhere_is_refused(
    live: str, asked: dict[str, Any], status: int, code: str
) -> None:
    assert refused(live, ANYONE, **asked) == (status, code)


def test_a_draft_is_named_as_such() -> None:
    with pytest.raises(ApiError, match="draft was never activated"):
        planned(profile="draft")


def test_a_provider_that_must_be_asked_for_by_name_serves_a_named_profile() -> None:
    assert tries(planned(profile="interactive")) == ["gated/gated-default"]


def test_a_bare_model_never_leads_to_a_provider_that_must_be_asked_for_by_name() -> None:
    shy = {"shy": endpoint("shy", models=("m1", "m7"), unattended=False)}
    before = snapshot()
    both = {"m1": ("shy", "one"), "m7": ("shy",)}
    found = msgspec.structs.replace(before, endpoints=shy | ENDPOINTS, by_model=both)
    assert tries(plan(found, ANYONE, Asked(model="m1"))) == ["one/m1"]
    with pytest.raises(ApiError, match='Send "model": "shy/m7"'):
        plan(found, ANYONE, Asked(model="m7"))


def test_a_bare_model_goes_to_a_provider_that_is_cleared_for_it() -> None:
    public = {"aaa": endpoint("aaa", models=("m1",), clearance="public")}
    both = {"m1": ("aaa", "one")}
    found = msgspec.structs.replace(snapshot(), endpoints=public | ENDPOINTS, by_model=both)
    asked = Asked(model="m1", sensitivity="internal")
    assert tries(plan(found, ANYONE, asked)) == ["one/m1"]


def test_the_higher_output_floor_wins() -> None:
    assert planned(profile="floored").tries[0].endpoint.min_output_tokens == 500


# --- a key's own profile ---


TIED = msgspec.structs.replace(ANYONE, profile="main")


def test_a_tied_key_gets_its_profile() -> None:
    found = planned("safe", TIED)
    assert (str(found.profile), found.named) == ("main@3", True)


def test_a_tied_key_gets_no_other_profile() -> None:
    assert refused("", TIED, profile="safe") == (403, "profile_not_allowed")


# --- the ladder ---


def test_the_first_provider_is_tried_before_the_rungs() -> None:
    assert tries(planned(provider="bare", model="x", ladder="fast")) == [
        "bare/x",
        "two/m3",
        "one/m1",
    ]


def test_a_rung_that_repeats_the_first_try_is_left_out() -> None:
    assert tries(planned(profile="safe")) == ["one/m1", "two/m3"]


def test_a_rung_with_other_parameters_is_no_repetition() -> None:
    rungs = (Rung(1, "one", "m1", Parameters(temperature=0)),)
    found = plan(snapshot(fast=Ladder("fast", rungs)), ANYONE, Asked(profile="safe"))
    assert tries(found) == ["one/m1", "one/m1"]


def test_the_live_profiles_ladder_goes_with_the_profile() -> None:
    found = planned("safe", model="m3")
    assert (found.profile, found.ladder, tries(found)) == (None, None, ["two/m3"])


def test_a_ladder_alone_is_enough() -> None:
    assert tries(planned(ladder="fast")) == ["two/m3", "one/m1"]


def test_a_requests_ladder_goes_with_the_live_profile() -> None:
    assert tries(planned("main", ladder="fast")) == ["one/m1", "two/m3"]


def test_a_first_provider_that_is_off_is_climbed_over() -> None:
    found = planned(profile="dead")
    assert [t.barred.reason if t.barred else "" for t in found.tries] == ["disabled", "", ""]


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        ("gated", "unattended"),
        ("off", "disabled"),
        ("open", "clearance"),
        ("bare", "no_model"),
        ("gone", "unknown"),
    ],
)
def test_a_rung_that_cannot_serve_is_barred(provider: str, reason: str) -> None:
    ladder = Ladder("fast", (Rung(1, provider),))
    asked = Asked(provider="one", ladder="fast", sensitivity="internal")
    barred = plan(snapshot(fast=ladder), ANYONE, asked).tries[1].barred
    assert barred is not None
    assert barred.reason == reason


def test_a_rung_that_the_key_may_not_use_is_barred() -> None:
    who = msgspec.structs.replace(ANYONE, allowed_providers=frozenset({"one"}))
    barred = planned("", who, provider="one", ladder="fast").tries[1].barred
    assert barred is not None
    assert barred.reason == "key"


# --- sensitivity ---


def test_a_label_above_the_keys_clearance_is_refused() -> None:
    assert refused(provider="gated", sensitivity="restricted") == (403, "clearance")


def test_a_label_above_the_providers_clearance_is_refused() -> None:
    assert refused(provider="open", sensitivity="internal") == (403, "clearance")


def test_a_label_within_both_clearances_passes() -> None:
    assert tries(planned(provider="one", sensitivity="internal")) == ["one/one-default"]


def test_a_misspelt_providers_name_does_not_end_at_the_live_profiles_provider() -> None:
    assert tries(planned("listless", model="vendor/m9")) == ["open/vendor/m9"]
    assert refused("listless", model="gatd/m9") == (404, "model_not_found")
