"""Reading errors in words, and showing them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.wording import SHOWN, bare_message, decode, error_object, is_context_length, shown


@pytest.mark.parametrize(
    "text",
    [
        "This model's maximum context length is 8192 tokens.",
        "context_length_exceeded",
        "the context window was exceeded",
        "Your input exceeds the context window of this model.",
        "MAXIMUM CONTEXT reached",
        "the request exceeds the available context size",
        "too many tokens in the prompt",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "The input token count (1100000) exceeds the maximum number of tokens allowed",
        "Invalid request: Your request exceeded model token limit: 262144",
        "token length too long",
        "the prompt is longer than the context length (5000 > 4096)",
        "the input length exceeds the context length",
        "context window\nof 4096 tokens exceeded",
    ],
)
def test_a_prompt_that_does_not_fit_is_recognised(text: str) -> None:
    assert is_context_length(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model 'x' not found",
        "this context is missing a window",
        "the context window is 8192 tokens",
        "input token count is required",
        "you have reached your usage limit",
        "context window " + "x" * 200 + " exceeded",
    ],
)
def test_other_errors_are_not_taken_for_it(text: str) -> None:
    assert not is_context_length(text)


# --- JSON that may be anything ---


def test_json_is_decoded() -> None:
    assert decode(b' {"a": [1, null]} ') == {"a": [1, None]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a": ',
        b"{} {}",
        b"NaN",
        b'"\xff"',
        b'"\\ud800"',
        b"1" * 5000,
        b"1e999",
        b"[" * 100_000,
    ],
)
def test_what_is_not_json_is_none(body: bytes) -> None:
    assert decode(body) is None


@settings(deadline=None)
@given(st.binary(max_size=50))
def test_no_bytes_make_decoding_raise(body: bytes) -> None:
    error_object(decode(body))


# --- where servers put an error ---


@pytest.mark.parametrize(
    "document",
    [
        {"error": "no"},
        {"error": {"message": "no"}},
        [{"error": {"message": "no"}}],
        {"choices": [{"error": {"message": "no"}}]},
        {"error": None, "choices": [{"error": "no"}, {}]},
        {"error": "no", "choices": [{"error": "other"}]},
    ],
)
def test_an_error_is_found_wherever_it_is(document: Any) -> None:
    assert error_object(document) == {"message": "no"}


def test_an_errors_other_members_are_kept() -> None:
    error = {"message": "no", "code": 429, "metadata": {"raw": "x"}}
    assert error_object({"error": error}) == error


@pytest.mark.parametrize(
    "document",
    [
        None,
        7,
        "error",
        [],
        ["error"],
        [[{"error": "no"}]],
        {},
        {"error": None},
        {"error": ""},
        {"error": {}},
        {"error": 7},
        {"error": ["no"]},
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": {"error": "no"}},
        {"choices": [{"error": {}}]},
        {"detail": "no"},
    ],
)
def test_what_holds_no_error_gives_none(document: Any) -> None:
    assert error_object(document) is None


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"detail": "Not Found"}, "Not Found"),
        ({"message": "no route"}, "no route"),
        ({"detail": "first", "message": "second"}, "first"),
        ({"detail": "", "message": "second"}, "second"),
        ({"detail": [{"loc": ["body"], "msg": "required"}]}, '[{"loc":["body"],"msg":"required"}]'),
    ],
)
def test_a_bare_message_is_found(document: Any, text: str) -> None:
    assert bare_message(document) == text


@pytest.mark.parametrize("document", [None, "detail", [], [{"detail": "x"}], {}, {"detail": None}])
def test_what_holds_no_bare_message_gives_none(document: Any) -> None:
    assert bare_message(document) is None


# --- showing a text ---


def test_a_plain_text_is_shown_as_it_is() -> None:
    assert shown("model 'é' not found") == "model 'é' not found"


def test_a_text_of_many_lines_is_shown_in_one() -> None:
    assert shown("  a\r\n\tb\u2028c  ") == "a b c"


def test_control_characters_and_changes_of_direction_are_not_shown() -> None:
    assert shown("a\x1b[31mb\0c\u202ed\ud800e") == "a [31mb c d e"


def test_a_long_text_is_cut_and_says_so() -> None:
    text = shown("x" * (SHOWN + 1))
    assert len(text) == SHOWN
    assert text.endswith("x…")


def test_a_text_of_just_the_size_is_not_cut() -> None:
    assert shown("x" * SHOWN) == "x" * SHOWN


def test_a_text_that_hides_its_end_behind_spaces_says_that_it_was_cut() -> None:
    assert shown("start" + " " * 10_000 + "end") == "start…"


@settings(deadline=None)
@given(st.text(max_size=3000))
def test_whatever_is_shown_is_one_short_printable_line(text: str) -> None:
    assert len(shown(text)) <= SHOWN
    assert shown(text).isprintable()
