"""Values are written so that a reader of TOML gets them back, and people can read them too."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.documents import toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\n\r\t#='))


def read(text: str) -> Any:
    return tomllib.loads(f"x = {text}\n")["x"]


@settings(deadline=None)
@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    assert read(toml.value(text)) == text
    assert read(toml.value([text])) == [text]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (3, "3"),
        (0.2, "0.2"),
        (600.0, "600"),
        (1e-7, "1e-07"),
        ("a\nb\n", '"""\na\nb\n"""'),
        ('say "hi"', '"say \\"hi\\""'),
        ('a\n""""', '"""\na\n""\\"\\""""'),
        (["a\nb", "c"], '["a\\nb", "c"]'),
        ({"a": 1, "b c": ["d"]}, '{a = 1, "b c" = ["d"]}'),
    ],
)
def test_a_value_has_one_spelling(value: Any, written: str) -> None:
    assert toml.value(value) == written
    assert read(written) == value


def test_what_toml_does_not_have_is_an_error() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        toml.value(None)
