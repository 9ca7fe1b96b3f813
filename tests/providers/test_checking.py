"""A check tells how far a provider can be used, by free calls only, and keeps what it saw."""

from typing import Any

import pytest

from providers import listings
from providers.check_result import CheckResult, Result, StepName, step
from providers.checking import check_all
from providers.endpoint import Endpoint
from providers.messages import ModelInfo
from providers.models import Listing, Provider
from tests.providers.conftest import KEY, Shelf
from tests.providers.test_models import made
from tests.upstreams.base import Answer, UpstreamServer


def models(*names: str) -> Answer:
    return Answer.of({"object": "list", "data": [{"id": n, "object": "model"} for n in names]})


def unauthorised(status: int = 401) -> Answer:
    return Answer.of({"error": {"message": f"bad key {KEY}", "type": "auth"}}, status=status)


def endpoint(server: UpstreamServer, **more: Any) -> Endpoint:
    return Endpoint(
        name="corp",
        base_url=server.url,
        **({"kind": "openai_compatible", "auth": "CORP_KEY", "default_model": "big"} | more),
    )


def checked(*endpoints: Endpoint) -> CheckResult:
    return check_all(endpoints)[0]


def results(result: CheckResult) -> list[str]:
    """ok, failed or skipped for: secret, reachable, key, model."""
    assert [s.name for s in result.steps] == list(StepName)
    return [s.result.value for s in result.steps]


def detail(result: CheckResult, name: StepName) -> str:
    return next(s.detail for s in result.steps if s.name is name)


def test_a_good_provider_passes_every_step(server: UpstreamServer) -> None:
    result = checked(endpoint(server.next(models("small", "big"))))
    assert results(result) == ["ok", "ok", "ok", "ok"]
    assert result.ok
    assert result.models == (ModelInfo("small"), ModelInfo("big"))


def test_only_free_calls_are_made(server: UpstreamServer) -> None:
    checked(endpoint(server.next(models("big"))))
    assert [(asked.method, asked.path) for asked in server.ledger] == [("GET", "/models")]
    assert server.last.headers["authorization"] == f"Bearer {KEY}"


def test_a_missing_secret_fails_yet_the_server_is_tried(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORP_KEY")
    result = checked(endpoint(server.next(unauthorised())))
    assert results(result) == ["failed", "ok", "skipped", "skipped"]
    assert "CORP_KEY" in result.error
    assert "authorization" not in server.last.headers


def test_a_refused_key_fails_and_is_not_shown(server: UpstreamServer) -> None:
    result = checked(endpoint(server.next(unauthorised())))
    assert results(result) == ["ok", "ok", "failed", "skipped"]
    assert KEY not in str(result)


def test_a_server_that_wants_a_key_where_none_is_named_fails(server: UpstreamServer) -> None:
    result = checked(endpoint(server.next(unauthorised()), auth=""))
    assert results(result) == ["skipped", "ok", "failed", "skipped"]


def test_a_server_that_takes_no_key_passes_without_one(server: UpstreamServer) -> None:
    result = checked(endpoint(server.next(models("big")), auth=""))
    assert results(result) == ["skipped", "ok", "skipped", "ok"]


def test_a_default_model_that_is_not_listed_fails_with_the_nearest(
    server: UpstreamServer,
) -> None:
    result = checked(endpoint(server.next(models("bigg", "small"))))
    assert results(result) == ["ok", "ok", "ok", "failed"]
    assert result.error.endswith('big is not among the 2 models listed. Did you mean "bigg"?')


def test_a_model_without_a_tag_is_the_latest(server: UpstreamServer) -> None:
    assert checked(endpoint(server.next(models("big:latest")))).ok


def test_without_a_default_model_there_is_nothing_to_look_up(server: UpstreamServer) -> None:
    result = checked(endpoint(server.next(models("big")), default_model=""))
    assert results(result) == ["ok", "ok", "ok", "skipped"]


def test_a_server_without_a_model_list_is_no_failure(server: UpstreamServer) -> None:
    result = checked(endpoint(server.next(Answer.of({}, status=404))))
    assert results(result) == ["ok", "ok", "skipped", "skipped"]
    assert result.models is None


def test_a_web_page_instead_of_a_model_list_fails(server: UpstreamServer) -> None:
    result = checked(endpoint(server.next(Answer.of(b"<html>", content_type="text/html"))))
    assert results(result) == ["ok", "ok", "skipped", "failed"]


def test_a_server_that_is_down_is_not_reached(server: UpstreamServer) -> None:
    with UpstreamServer() as gone:
        pass
    result = checked(endpoint(gone))
    assert results(result) == ["ok", "failed", "skipped", "skipped"]
    assert "Is the server up" in result.error


def test_a_local_server_that_no_file_names_is_not_reached(
    server: UpstreamServer, settings: Any
) -> None:
    settings.LAKEHOUSE_EGRESS_ALLOW = ""
    result = checked(endpoint(server))
    assert results(result) == ["ok", "failed", "skipped", "skipped"]
    assert "config/providers.toml" in result.error
    assert server.ledger == []


def test_a_silent_server_is_not_waited_for(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.checking.ONE_CALL_SECS", 0.1)
    result = checked(endpoint(server.next(Answer.of({}, delay=30))))
    assert results(result) == ["ok", "failed", "skipped", "skipped"]
    assert detail(result, StepName.REACHABLE).startswith("corp did not answer")


def test_where_the_list_is_public_the_key_is_tried_by_a_call_of_its_own(
    server: UpstreamServer,
) -> None:
    server.next(models("big"), unauthorised())
    result = checked(endpoint(server, kind="openrouter"))
    assert results(result) == ["ok", "ok", "failed", "ok"]
    assert [asked.path for asked in server.ledger] == ["/models", "/key"]


def test_pages_are_followed_to_the_end(server: UpstreamServer) -> None:
    first = {"models": [_gemini("big")], "nextPageToken": "more"}
    server.next(Answer.of(first), Answer.of({"models": [_gemini("small"), _gemini("big")]}))
    result = checked(endpoint(server, kind="gemini"))
    assert [model.id for model in result.models or ()] == ["big", "small"]
    assert "pageToken=more" in server.last.path


def _gemini(name: str) -> dict[str, Any]:
    return {"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]}


def test_pages_without_an_end_are_given_up(server: UpstreamServer) -> None:
    page = Answer.of({"models": [_gemini("big")], "nextPageToken": "more"})
    server.next(*[page] * 30)
    checked(endpoint(server, kind="gemini"))
    assert len(server.ledger) == 20


def test_a_provider_in_this_process_needs_nothing(shelf: Shelf) -> None:
    result = checked(Endpoint(name="echo", kind="echo", base_url="http://localhost"))
    assert results(result) == ["skipped", "ok", "skipped", "skipped"]


def test_a_kind_that_is_gone_fails(shelf: Shelf) -> None:
    result = checked(Endpoint(name="x", kind="gone", base_url="http://localhost"))
    assert "no adapter of kind" in result.error


def test_results_come_in_order_and_are_told_as_they_come(server: UpstreamServer) -> None:
    server.next(Answer.of({}, status=404, delay=0.1))
    told: list[str] = []
    quick = Endpoint(name="echo", kind="echo", base_url="http://localhost")
    found = check_all([endpoint(server), quick], lambda result: told.append(result.provider))
    assert [result.provider for result in found] == ["corp", "echo"]
    assert told == ["echo", "corp"]


def test_a_detail_is_one_short_line() -> None:
    made_step = step(StepName.KEY, Result.FAILED, "a\0b\n" + "x" * 600)
    assert made_step.detail.startswith("a b x")
    assert len(made_step.detail) == 500


# --- what is kept ----------------------------------------------------------


@pytest.mark.django_db
def test_what_was_read_is_kept_for_calls(server: UpstreamServer) -> None:
    row = made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    server.next(models("big", "small"))
    listings.check_and_save([row])
    kept = Listing.objects.get()
    assert kept.model_ids == ("big", "small")
    assert kept.error == ""
    assert [s["result"] for s in kept.steps] == ["ok", "ok", "ok", "skipped"]
    assert kept.fetched_at == kept.checked_at


@pytest.mark.django_db
def test_a_failed_check_leaves_the_last_list(server: UpstreamServer) -> None:
    row = made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    server.next(models("big"), unauthorised())
    listings.check_and_save([row])
    listings.check_and_save([row])
    kept = Listing.objects.get()
    assert kept.model_ids == ("big",)
    assert kept.error
    assert kept.fetched_at is not None
    assert kept.checked_at is not None
    assert kept.fetched_at < kept.checked_at


@pytest.mark.django_db
def test_names_that_no_database_could_keep_are_left_out() -> None:
    made("corp")
    odd = ("a\0b", "", "x" * 201, "\ud800", "good")
    listings.save(CheckResult("corp", (), tuple(ModelInfo(name) for name in odd)))
    assert Listing.objects.get().model_ids == ("good",)


@pytest.mark.django_db
def test_a_result_for_a_provider_that_is_gone_is_dropped() -> None:
    listings.save(CheckResult("gone", ()))
    assert not Provider.objects.exists()
    assert not Listing.objects.exists()
