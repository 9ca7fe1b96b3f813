"""The rules that ship, each at its work, and what they leave alone."""

from typing import Any

import pytest

from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.gateway.ruled_trying import tried
from lakehouse.truth.loading import load
from lakehouse.truth.rule import Ruleset
from tests.lakehouse.truth.ruling import SHIPPED, said

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n" * 20
PEM = f"-----BEGIN {{0}}PRIVATE KEY-----\n{BODY}-----END {{0}}PRIVATE KEY-----"
KEYS = [
    "sk-proj-" + "a1B2" * 10,
    "sk-ant-api03-" + "a1B2" * 10,
    "sk-or-v1-" + "0f" * 32,
    "sk-" + "A1b2" * 12,
    "lh_" + "a1B2c3D4e5F" * 3 + "a1B2c3D4e5",
    "AKIA" + "ABCDEFGH12345678",
    "AIza" + "a1B2c" * 7,
    "ghp_" + "a1B2c3" * 6,
    "github_pat_" + "a1B2c3" * 12,
    "glpat-" + "a1B2c3D4e5" * 2,
    "xoxb-" + "123456789012-abcdefghijkl",
    "sk_live_" + "a1B2c3" * 5,
    "gsk_" + "a1B2" * 13,
    "hf_" + "aBcDe" * 7,
    "npm_" + "a1B2c3" * 6,
    "pypi-AgEI" + "a1B2c3" * 12,
]
ORDINARY = [
    "Take the risk-adjusted, task-specific mask-based sk-learn approach to desk-sharing.",
    "sk-short, ghp_short, AKIA, AIza, hf_model and xoxb- are how keys begin.",
    "See https://example.com:8080/a@b, ftp://host/x:y@z and user@example.com: it's 3:4@5.",
    "A PEM file begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.",
    "-----BEGIN PUBLIC KEY-----\n" + BODY + "-----END PUBLIC KEY-----",
    "postgres://user:<password>@host, postgres://user:${PASSWORD}@host, redis://:6379",
    "def f(sk): return {'sk': sk, 'key': 'AKI' + 'A'}",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
]


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return load(SHIPPED, FIELDS, "truth")


def fired(found: dict[str, Any]) -> list[str]:
    return [rule["rule"] for rule in found["fired"]]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:9])
def test_a_key_is_taken_out(shipped: Ruleset, key: str) -> None:
    found = tried(shipped, said(f'Use "{key}", please.'))
    assert fired(found) == ["secret-api-keys"]
    assert found["request"] == said('Use "[secret removed]", please.')


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_is_taken_out(shipped: Ruleset, kind: str) -> None:
    for key in (PEM.format(kind), PEM.format(kind).replace("\n", "\\n")):
        found = tried(shipped, said(f"Is this right?\n{key}\nThanks."))
        assert found["request"] == said("Is this right?\n[private key removed]\nThanks.")


def test_one_that_was_cut_short_is_taken_out_too(shipped: Ruleset) -> None:
    found = tried(shipped, said(PEM.format("RSA ")[:600]))
    assert found["request"] == said("[private key removed]")


def test_the_password_of_an_address_is_taken_out(shipped: Ruleset) -> None:
    found = tried(shipped, said("postgres://ana:s3cr3t!x@db.local:5432/app fails"))
    assert fired(found) == ["secret-url-passwords"]
    assert found["request"] == said("postgres://ana:[password removed]@db.local:5432/app fails")


def test_secrets_are_taken_out_of_parts_calls_and_results(shipped: Ruleset) -> None:
    key = KEYS[0]
    call = {"id": "c1", "type": "function"}
    call["function"] = {"name": "f", "arguments": '{"key": "' + key + '"}'}  # type: ignore[assignment]
    messages = [
        {"role": "system", "content": [{"type": "text", "text": key}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": key},
    ]
    found = tried(shipped, {"messages": messages})
    assert key not in str(found["request"])
    sent = found["request"]["messages"][1]["tool_calls"][0]["function"]
    assert sent["arguments"] == '{"key": "[secret removed]"}'


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function", "function": {"name": "f", "description": KEYS[0]}}]},
        {"functions": [{"name": "f", "description": KEYS[0]}]},
        {"metadata": {"a": KEYS[0]}},
        {"prediction": {"type": "content", "content": KEYS[0]}},
        {"user": KEYS[0]},
    ],
    ids=lambda more: next(iter(more)),
)
def test_secrets_beside_the_messages_are_taken_out_too(
    shipped: Ruleset, more: dict[str, Any]
) -> None:
    found = tried(shipped, said("Hello") | more)
    assert fired(found) == ["secret-api-keys"]
    assert KEYS[0] not in str(found["request"])


@pytest.mark.parametrize("text", ORDINARY, ids=lambda text: text[:20])
def test_ordinary_text_is_left_alone(shipped: Ruleset, text: str) -> None:
    found = tried(shipped, said(text), text)
    assert (fired(found), found["request"]) == ([], said(text))


def test_an_oversized_prompt_is_rejected(shipped: Ruleset) -> None:
    assert tried(shipped, said("x" * 1_999_000))["ended"] is None
    ended = tried(shipped, said("x" * 2_000_001))["ended"]
    assert ended["rule"] == "oversized-prompt"
    assert "2,000,000 characters" in ended["message"]


@pytest.mark.parametrize(
    ("task_class", "least"), [("personal-data", "confidential"), ("legal", "restricted")]
)
def test_a_task_class_needs_a_clearance(shipped: Ruleset, task_class: str, least: str) -> None:
    order = ["public", "internal", "confidential", "restricted"]
    passes = [
        clearance
        for clearance in order
        if not tried(shipped, said("x"), None, {"clearance": clearance}, task_class)["ended"]
    ]
    assert passes == order[order.index(least) :]
