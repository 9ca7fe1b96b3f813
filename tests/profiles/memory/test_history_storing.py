"""Keeping exchanges: what is stored comes back equal, and nothing is lost."""

import msgspec
import pytest
from django.db import OperationalError, connection, transaction

from profiles.memory.storable import MOST_BYTES, MOST_STATE_BYTES, storable
from profiles.memory.storing import read
from profiles.models import Session, SessionTurn
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    State,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.profiles.activation.test_racing import at_once
from tests.profiles.memory.talk import asked, kept, pair, recalled, said, session, texts

STATE = State("claude:sonnet", "thinking", {"signature": "a/b=", "n": [1, 2.5, None, True]})
PARTS: list[Part] = [
    Text("a “b” \u2028 \U0001f600", cache_hint=True, state=STATE),
    Image(url="https://example.org/cat.png", detail="low"),
    File(name="a.pdf", mime="application/pdf", file_id="file-1"),
    Reasoning("because", STATE),
    ToolCall("c1", "look", '{"at": 1e99, "b": "\\u0000"}', STATE),
    Refusal("no"),
]
NOTES = [
    (Image(mime="image/png", data=b"\x00\x89PNG"), "[an image was here]"),
    (Audio("audio/wav", b"RIFF"), "[an audio recording was here]"),
    (File("a.pdf", "application/pdf", b"%PDF"), "[a file was here: a.pdf]"),
    (File(data=b"%PDF"), "[a file was here]"),
]


def stored(*turns: Turn) -> tuple[Turn, ...]:
    kept(*turns)
    return read(SessionTurn.objects.latest("id"))


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_every_kind_of_part_is_read_back_as_it_was(part: Part) -> None:
    turns = (Turn("user", (Text("hi"),), name="ann"), Turn("assistant", (part,)))
    assert stored(*turns) == turns


@pytest.mark.django_db
def test_results_are_read_back_as_they_were() -> None:
    parts = (Text("found"), Image(url="https://example.org/cat.png"))
    turns = (said("", "c1"), Turn("tool", (ToolResult("c1", "look", parts, is_error=True),)))
    assert stored(*turns) == turns


@pytest.mark.django_db
@pytest.mark.parametrize(("part", "note"), NOTES)
def test_of_inline_bytes_a_note_stays(part: Part, note: str) -> None:
    assert stored(Turn("user", (part, Text("see")))) == (Turn("user", (Text(note), Text("see"))),)


def test_of_a_picture_in_a_result_a_note_stays() -> None:
    picture = ToolResult("c", "look", (Image(mime="image/png", data=b"PNG"),))
    (turn,) = storable([Turn("tool", (picture,))])
    assert turn.parts == (ToolResult("c", "look", (Text("[an image was here]"),)),)


@pytest.mark.django_db
def test_a_nul_is_replaced_wherever_it_is() -> None:
    state = State("x:y", "k\0", {"a\0": ["b\0", 1]})
    call = ToolCall("c\0", "f", "{}", state)
    (turn,) = stored(Turn("assistant", (Text("a\0b"), call)))
    clean = State("x:y", "k\ufffd", {"a\ufffd": ["b\ufffd", 1]})
    assert turn.parts == (Text("a\ufffdb"), ToolCall("c\ufffd", "f", "{}", clean))


def test_a_large_exchange_is_cut_and_stays_whole() -> None:
    huge = "é" * 700_000
    calls = Turn("assistant", (Reasoning(huge), Text(huge), ToolCall("c", "f", f'"{huge}"')))
    result = Turn("tool", (ToolResult("c", "f", (Text(huge),)),))
    cut = storable([asked("short"), calls, result])
    assert len(msgspec.json.encode(cut)) <= MOST_BYTES
    assert cut[0] == asked("short")
    assert texts(cut)[1].startswith("é" * 100_000 + "\n[cut here: 600000 more characters, ")
    call, answer = cut[1].parts[1], cut[2].parts[0]
    assert isinstance(call, ToolCall) and isinstance(answer, ToolResult)
    assert (call.id, answer.call_id) == ("c", "c")
    assert msgspec.json.decode(call.arguments)["note"]


def test_many_texts_are_cut_shorter_each() -> None:
    cut = storable([asked("x" * 10_000)] * 400)
    assert len(msgspec.json.encode(cut)) <= MOST_BYTES
    assert {len(text.partition("\n")[0]) for text in texts(cut)} == {500}


def test_an_exchange_of_too_many_turns_becomes_a_note() -> None:
    cut = storable([asked("x")] * 12_000)
    assert [turn.role for turn in cut] == ["user", "assistant"]
    assert "too large to keep" in texts(cut)[0]


def test_a_state_that_is_too_large_is_not_kept() -> None:
    state = State("x:y", "k", "s" * MOST_STATE_BYTES)
    (turn,) = storable([Turn("assistant", (Reasoning("hm", state), Text("ok", state=state)))])
    assert turn.parts == (Reasoning("hm"), Text("ok"))


@pytest.mark.django_db
def test_an_exchange_says_its_call_its_model_its_label_and_its_size() -> None:
    call = kept(*pair(1), rank=2, model="m" * 400)
    (row,) = session().turns.all()
    assert (row.call_id, row.label_rank, row.tokens) == (call, 2, 2)
    assert row.model == "m" * 300


@pytest.mark.django_db
def test_nothing_said_makes_no_session() -> None:
    kept()
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_each_exchange_says_when_the_session_was_last_used() -> None:
    kept(*pair(1))
    first = session()
    kept(*pair(2))
    second = session()
    assert (second.pk, second.created) == (first.pk, first.created)
    assert second.used > first.used


@pytest.mark.django_db(transaction=True)
def test_first_requests_at_once_make_one_session_and_lose_nothing() -> None:
    calls = at_once(lambda number: [kept(*pair(n + 10 * number)) for n in range(4)])
    assert Session.objects.count() == 1
    assert set(SessionTurn.objects.values_list("call_id", flat=True)) == {
        call for made in calls for call in made
    }
    assert len(recalled().turns) == 2 * 20


@pytest.mark.django_db(transaction=True)
def test_an_exchange_waits_for_one_that_is_being_written() -> None:
    """So that ids rise in the order in which exchanges become visible."""
    kept(*pair(0))
    with transaction.atomic():
        kept(*pair(1))
        assert at_once(lambda _: blocked(pair(2)), 1) == ["waited"]
    kept(*pair(3))
    assert texts(recalled().turns)[2:] == ["ask1", "say1", "ask3", "say3"]


def blocked(turns: tuple[Turn, ...]) -> str:
    """Whether keeping them has to wait."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            kept(*turns)
    except OperationalError:
        return "waited"
    return "did not wait"
