"""What a session adds before what its client says now."""

from typing import Any

import pytest

from profiles.memory import history
from profiles.memory.policy import Memory
from profiles.models import SessionTurn
from providers.messages import Image, Reasoning, State, Text, Turn
from tests.profiles.memory.talk import (
    KEY,
    NAME,
    RESTRICTED,
    asked,
    kept,
    pair,
    recalled,
    result,
    said,
    texts,
)

pytestmark = pytest.mark.django_db


def test_what_was_said_comes_back_in_its_order() -> None:
    kept(*pair(1))
    kept(*pair(2))
    found = recalled()
    assert found.turns == (*pair(1), *pair(2))
    assert (found.dropped, found.repeated, found.label_rank) == (0, 0, 0)


def test_a_session_not_begun_adds_nothing() -> None:
    assert recalled() == history.History()


def test_the_same_name_under_another_key_is_another_session() -> None:
    kept(*pair(1), key=1)
    kept(*pair(2), key=2)
    assert texts(recalled(key=2).turns) == ["ask2", "say2"]
    assert recalled(key=2, name="other").turns == ()


@pytest.mark.parametrize(("turns", "first"), [(3, 1), (2, 2), (1, 3)])
def test_history_turns_alone_decides_how_many_exchanges_are_recalled(
    turns: int, first: int
) -> None:
    for number in (1, 2, 3):
        kept(*pair(number))
    found = recalled(history_turns=turns)
    assert texts(found.turns)[0] == f"ask{first}"
    assert found.dropped == 3 - turns


@pytest.mark.parametrize(("tokens", "first"), [(6, 1), (5, 2), (4, 2), (3, 3), (2, 3)])
def test_history_tokens_alone_decides_how_much_is_recalled(tokens: int, first: int) -> None:
    for number in (1, 2, 3):
        kept(*pair(number))
    assert texts(recalled(history_tokens=tokens).turns)[0] == f"ask{first}"


@pytest.mark.parametrize("policy", [{"history_turns": 0}, {"history_tokens": 0}])
def test_a_cap_of_nothing_recalls_nothing(policy: Any) -> None:
    kept(*pair(1))
    kept(*pair(2))
    found = recalled(**policy)
    assert (found.turns, found.dropped) == ((), 2)


def test_what_is_above_the_limit_is_neither_recalled_nor_counted() -> None:
    kept(*pair(1), rank=1)
    kept(*pair(2), rank=2)
    kept(*pair(3))
    found = recalled(limit=1)
    assert texts(found.turns) == ["ask1", "say1", "ask3", "say3"]
    assert (found.label_rank, found.dropped) == (1, 0)


def test_what_is_above_the_limit_takes_no_room() -> None:
    kept(*pair(1))
    for number in (2, 3, 4):
        kept(*pair(number), rank=3)
    assert recalled(limit=0, history_turns=1, history_tokens=2).turns == pair(1)


def test_results_of_calls_above_the_limit_are_left_out_with_them() -> None:
    kept(asked("look"), said("", "c1"), rank=2)
    kept(result("c1"), said("done"))
    kept(*pair(3))
    assert recalled(limit=1).turns == pair(3)


def test_calls_whose_results_come_in_now_are_recalled() -> None:
    kept(asked("look"), said("", "c1", "c2"))
    assert len(recalled(result("c1"), result("c2")).turns) == 2
    assert recalled(result("c1")).turns == ()
    assert recalled(asked("never mind")).turns == ()


def test_a_client_that_sends_everything_again_gets_nothing_twice() -> None:
    kept(*pair(1))
    kept(*pair(2), rank=1)
    found = recalled(*pair(1), *pair(2), asked("now"))
    assert (found.turns, found.dropped, found.label_rank) == ((), 0, 0)
    assert (found.repeated, found.repeated_rank) == (4, 1)


def test_a_client_that_sends_the_last_of_it_gets_what_was_before() -> None:
    for number in (1, 2, 3, 4):
        kept(*pair(number))
    found = recalled(*pair(3), *pair(4), asked("now"), history_turns=1)
    assert (found.turns, found.dropped, found.repeated) == (pair(2), 1, 4)


def test_an_answer_alone_sent_again_gets_the_question() -> None:
    kept(*pair(1))
    found = recalled(said("say1"), asked("now"), history_turns=1, history_tokens=1)
    assert (found.turns, found.repeated) == ((asked("ask1"),), 1)


def test_what_is_sent_again_is_known_though_it_is_above_the_limit() -> None:
    kept(*pair(1))
    kept(*pair(2), rank=3)
    found = recalled(*pair(1), *pair(2), asked("now"), limit=0)
    assert (found.turns, found.repeated) == ((), 4)


def test_reasoning_and_state_and_pictures_do_not_hide_what_is_sent_again() -> None:
    picture = Turn("user", (Text("what is it?"), Image(mime="image/png", data=b"\x89PNG")))
    thought = Reasoning("hm", State("claude:x", "thinking", {"signature": "s"}))
    kept(picture, Turn("assistant", (thought, Text("a cat\0"))))
    again = recalled(picture, Turn("assistant", (Text("a cat\0"),)), asked("now"))
    assert (again.turns, again.repeated) == ((), 2)


def test_a_text_too_long_to_be_kept_is_known_when_it_is_sent_again() -> None:
    long = asked("x" * 2_000_000)
    kept(long, said("ok"))
    assert recalled(long, said("ok"), asked("now")).repeated == 2
    assert recalled(asked("x" * 1_999_999), said("ok"), asked("now")).repeated == 0


def test_the_same_question_asked_again_is_no_repetition() -> None:
    kept(*pair(1))
    assert recalled(asked("ask1")).turns == pair(1)


def test_recalling_takes_one_query_however_long_the_session(
    django_assert_num_queries: Any,
) -> None:
    for number in range(30):
        kept(*pair(number))
    with django_assert_num_queries(1) as seen:
        found = recalled(history_turns=4)
    assert (len(found.turns), found.dropped) == (8, 26)
    assert "SELECT *" in seen.captured_queries[0]["sql"]


def test_only_what_may_be_recalled_is_read() -> None:
    for number in range(10):
        kept(*pair(number))
    rows = history._newest(KEY, NAME, Memory("m", 1, history_turns=2), RESTRICTED, (asked("now"),))
    assert len(rows) == 2


def test_a_row_that_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    kept(*pair(1))
    kept(*pair(2))
    strange = [{"role": "user", "parts": [{"type": "smell", "text": "secret"}]}]
    newest = SessionTurn.objects.latest("id")
    SessionTurn.objects.filter(pk=newest.pk).update(messages=strange)
    assert recalled().turns == pair(1)
    assert "cannot be read" in caplog.text and "secret" not in caplog.text
