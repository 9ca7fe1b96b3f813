"""An execution profile's provider is really asked, by free calls, before it goes live."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from profiles.activation.activate import ProfileNotFound, rehearse
from profiles.activation.model import Activation
from profiles.activation.record import Step
from profiles.models import ExecutionProfile
from providers.models import Provider
from tests.profiles.activation.acting import activated, detail, live, made, results
from tests.providers.conftest import KEY
from tests.upstreams.base import Answer, UpstreamServer
from tests.upstreams.ollama import MODEL, MODELS, OllamaServer, failed

pytestmark = pytest.mark.django_db

CHECKED = ("secret resolves", "provider reachable", "key accepted", "model listed")


@pytest.fixture(scope="module")
def daemon() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


@pytest.fixture
def local(daemon: OllamaServer, server: UpstreamServer) -> OllamaServer:
    daemon.forget()
    provider("local", daemon, kind="ollama", auth="")
    return daemon


def provider(name: str, upstream: UpstreamServer, **more: Any) -> None:
    fields = {"kind": "openai_compatible", "auth": "CORP_KEY", "default_model": "big"} | more
    Provider.objects.create(name=name, base_url=upstream.url, **fields)


def models(*names: str) -> Answer:
    return Answer.of({"object": "list", "data": [{"id": n, "object": "model"} for n in names]})


def loads(upstream: UpstreamServer) -> list[tuple[str, Any]]:
    """Model and keep_alive of every call that loads or unloads."""
    chats = [json.loads(asked.body) for asked in upstream.ledger if asked.path == "/api/chat"]
    assert all(body["messages"] == [] for body in chats)
    return [(body["model"], body.get("keep_alive")) for body in chats]


def failure(ended: Activation, step: str) -> str:
    """Why it failed at that step, which was the last; nothing is live."""
    assert (ended.state, live()) == ("failed", [])
    assert list(results(ended).items())[-1] == (step, "failed")
    return ended.error


def test_a_provider_that_is_as_it_should_be_is_asked_for_its_list_only(
    server: UpstreamServer,
) -> None:
    provider("corp", server.next(models("big")))
    ended = activated(provider="corp")
    assert [results(ended)[name] for name in CHECKED] == ["ok"] * 4
    assert detail(ended, "model warmed") == "This provider's models need no loading."
    assert [asked.path for asked in server.ledger] == ["/models"]
    assert live() == ["a@1"]


def test_the_profiles_model_is_looked_for_in_place_of_the_providers(
    server: UpstreamServer,
) -> None:
    provider("corp", server.next(models("big", "small"), models("big", "small")))
    why = failure(activated(provider="corp", model="smal"), "model listed")
    assert "smal is not among the 2" in why
    assert "Name a model that corp has" in why
    assert detail(activated(model="small"), "model listed").startswith("small is one of")


def test_a_missing_secret_fails_at_once_and_says_where_it_was_looked_for(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORP_KEY")
    provider("corp", server)
    assert "CORP_KEY" in failure(activated(provider="corp"), "secret resolves")
    assert server.ledger == []


def test_a_server_that_is_down_fails(server: UpstreamServer) -> None:
    with UpstreamServer() as gone:
        pass
    provider("corp", gone)
    assert "Is the server up" in failure(activated(provider="corp"), "provider reachable")


def test_a_refused_key_fails_and_is_nowhere_in_the_record(server: UpstreamServer) -> None:
    answer = Answer.of({"error": {"message": f"bad key {KEY}", "type": "auth"}}, status=401)
    provider("corp", server.next(answer))
    ended = activated(provider="corp")
    assert failure(ended, "key accepted")
    assert KEY not in f"{ended.steps} {ended.error}"


def test_the_model_is_loaded_before_the_flip(local: OllamaServer) -> None:
    ended = activated(provider="local", model=MODEL)
    assert (ended.state, detail(ended, "model warmed")) == ("succeeded", f"{MODEL} is loaded.")
    assert loads(local) == [(MODEL, None)]


def test_a_model_that_does_not_load_fails_and_leaves_what_was_live(local: OllamaServer) -> None:
    activated(name="b")
    local.spoil(lambda a: a if b"models" in a.chunks[0] else failed(500, "out of memory"))
    ended = activated(provider="local", model=MODEL)
    assert (ended.state, live()) == ("failed", ["b@1"])
    assert f"{MODEL} was not loaded: " in ended.error and "out of memory" in ended.error


def test_the_model_that_was_replaced_is_let_go_after_the_flip(local: OllamaServer) -> None:
    activated(provider="local", model=MODEL)
    ended = activated(name="b", provider="local", model=MODELS[1])
    assert loads(local) == [(MODEL, None), (MODELS[1], None), (MODEL, 0)]
    assert detail(ended, "model released") == f"{MODEL} was unloaded."


def test_the_same_model_is_not_let_go(local: OllamaServer) -> None:
    activated(provider="local", model="nomic-embed-text")
    ended = activated(name="b", provider="local", model="nomic-embed-text:latest")
    assert "model released" not in results(ended)
    assert all(kept is None for _, kept in loads(local))


def test_a_model_that_another_activated_profile_uses_is_kept(local: OllamaServer) -> None:
    for name in ("other", "a"):
        activated(name=name, provider="local", model=MODEL)
    ended = activated(name="b", provider="local", model=MODELS[1])
    text = f"{MODEL} stays loaded: the profile other uses it too."
    assert (results(ended)["model released"], detail(ended, "model released")) == ("skipped", text)
    assert all(kept is None for _, kept in loads(local))


def test_letting_go_may_fail_and_the_activation_has_succeeded(local: OllamaServer) -> None:
    activated(provider="local", model=MODEL)
    local.spoil(lambda a: failed(503, "busy") if b"unload" in a.chunks[0] else a)
    ended = activated(name="b", provider="local", model=MODELS[1])
    assert (ended.state, results(ended)["model released"]) == ("succeeded", "failed")
    assert (ended.error, live()) == ("", ["b@1"])


def test_a_rehearsal_takes_every_step_but_warming_and_the_flip(local: OllamaServer) -> None:
    made(provider="local", model=MODEL)
    told: list[Step] = []
    steps = rehearse("execution", "a", told=told.append)
    assert [(s.name, s.result) for s in steps][-3:] == [
        *(("model listed", "ok"), ("model warmed", "skipped"), ("invariants", "ok"))
    ]
    assert [s.result for s in told[:2]] == ["running", "skipped"]
    assert (loads(local), live(), Activation.objects.count()) == ([], [], 0)


def test_a_rehearsal_ends_at_the_step_that_fails(local: OllamaServer) -> None:
    made(provider="local", model="gone")
    assert [s.result for s in rehearse("execution", "a")][-1] == "failed"
    ExecutionProfile.objects.all().delete()
    with pytest.raises(ProfileNotFound):
        rehearse("execution", "a")
