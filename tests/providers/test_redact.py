"""Nothing that is or looks like a secret stays in a text that leaves."""

import io
import logging

import pytest

from providers.redact import RedactingFilter, Redactor

CANARY = "canary/value+42"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc-123.def",
        "bearer abcdefghijklmnopqrstuvwxyz",
        '{"x-api-key": "abcdefgh"}',
        r"{\"api_key\": \"abcdefgh\"}",
        "https://example.com/?api_key=abcdefgh&x=1",
        "key sk-proj-abcdefgh1234",
        "key lh_abcdefghijkl",
        "key AIzaSyA12345678901234567890",
        "KIMI_API_KEY=abcdefgh",
    ],
)
def test_what_looks_like_a_key_is_taken_out(text: str) -> None:
    clean = Redactor()(text)
    assert "[redacted]" in clean
    assert "abc" not in clean
    assert "SyA" not in clean


@pytest.mark.parametrize(
    "text",
    ["Basic authentication failed", "set MY_API_KEY first", "a risk-averse token", "sk-8", ""],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor()(text) == text


@pytest.mark.parametrize("form", [CANARY, "canary%2Fvalue%2B42"])
def test_a_known_value_is_taken_out_in_each_form(form: str) -> None:
    redact = Redactor()
    redact.learn(CANARY)
    assert redact(f"url {form} end") == "url [redacted] end"


def test_a_known_value_with_a_quote_is_found_inside_json() -> None:
    redact = Redactor()
    redact.learn('can"ary-42')
    assert redact(r'{"x": "can\"ary-42"}') == '{"x": "[redacted]"}'


def test_of_two_known_values_the_longer_one_goes_first() -> None:
    redact = Redactor()
    redact.learn("canary")
    redact.learn("canary-long")
    assert redact("canary-long") == "[redacted]"


def test_a_value_too_short_to_be_a_secret_is_not_learned() -> None:
    redact = Redactor()
    redact.learn("cat")
    assert redact("category") == "category"


def test_only_so_many_values_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.redact.REMEMBERED", 2)
    redact = Redactor()
    for number in range(3):
        redact.learn(f"canary{number}")
    assert redact("canary0 canary2") == "canary0 [redacted]"


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactingFilter())
    logger = logging.Logger("redacting")
    logger.addHandler(handler)
    return logger, written


def test_a_log_line_loses_secrets_in_its_arguments(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    logger.warning("sent %s", "Bearer abc-123")
    assert written.getvalue() == "sent Bearer [redacted]\n"


def test_a_logged_traceback_loses_secrets(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError("key sk-abcdefgh1234")
    except ValueError:
        logger.exception("it broke", stack_info=True)
    assert "ValueError: key [redacted]" in written.getvalue()
    assert "Stack (most recent call last)" in written.getvalue()
    assert "sk-abc" not in written.getvalue()
