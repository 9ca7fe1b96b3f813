"""What is told from a request's bytes: never that a rule does not hold which does."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.truth.conditions import holds
from lakehouse.truth.deciding import decide
from lakehouse.truth.loading import load
from tests.lakehouse.truth.ruling import SHIPPED, rules, said, table

SET = load(SHIPPED, FIELDS, "truth").of("")
SECRET = "sk-proj-" + "a1" * 20
TEXTS = st.lists(
    st.sampled_from([SECRET, "://u:pass@h.example", "sk-", "\n", "\u00e9", "/", '"', "\\", "x"])
).map("".join)


@given(TEXTS, st.booleans())
def test_every_rule_that_holds_is_asked(text: str, ascii_only: bool) -> None:
    request = said(text)
    raw = json.dumps(request, ensure_ascii=ascii_only).encode()
    subject = {"request": request, "call": {"prompt_characters": len(text)}}
    holding = {rule.id for rule in SET.request if holds(rule.condition, subject)}
    assert holding <= {rule.id for rule in SET.asked_of(raw)}


def test_an_ordinary_request_is_asked_of_no_shipped_rule() -> None:
    assert SET.asked_of(msgspec.json.encode(said("How many days of holiday do I have?"))) == ()


@pytest.mark.parametrize("written", [SECRET, SECRET.replace("s", "\\u0073", 1)])
def test_a_secret_is_asked_after_however_json_writes_it(written: str) -> None:
    raw = f'{{"messages": [{{"role": "user", "content": "{written}"}}]}}'.encode()
    assert "secret-api-keys" in {rule.id for rule in SET.asked_of(raw)}


def test_what_one_rule_puts_in_is_seen_by_the_next() -> None:
    def one(name: str, word: str, action: str) -> str:
        where = f'{{ field = "request.messages", values = ["{word}"] }}'
        return table(f"{{ FieldContainsAny = {where} }}", action, name)

    made = rules(one("a", "x", '{ Redact = { with = "y" } }') + one("b", "y", '"Pass"')).of("")
    subject: dict[str, Any] = {"request": said("x")}
    asked = made.asked_of(msgspec.json.encode(subject["request"]))
    assert [rule.id for rule in decide(asked, subject, FIELDS.words).fired] == ["a", "b"]


def test_only_a_request_of_enough_bytes_may_be_too_long() -> None:
    made = rules(table('{ FieldGreater = { field = "call.prompt_characters", value = 9 } }'))
    assert made.of("").asked_of(b"123456789") == ()
    assert len(made.of("").asked_of(b"1234567890")) == 1
