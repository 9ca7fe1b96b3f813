"""Tool calls out of deltas as differently as servers send them."""

from typing import Any

import pytest

from providers import tool_ids
from providers.errors import ErrorKind
from providers.events import End, Event, Finish, ToolArgs, ToolEnd, ToolStart
from providers.messages import State
from tests.conversation import failure_of
from tests.providers.adapters.openai_family import Family
from tests.upstreams.openai import call, chunk, document

SERVER = Family("openai_compatible", "http://localhost:8000/v1", "m")


def calls(*deltas: Any, **asked: Any) -> list[Event]:
    """The events of a stream with one chunk for each tool delta."""
    pieces = [chunk(tool_calls=[delta]) for delta in deltas]
    return SERVER.streamed(*pieces, chunk("tool_calls"), **asked)


def made(events: list[Event]) -> list[tuple[str, str]]:
    """(name, arguments) of each call, in order of their slots."""
    starts = [e for e in events if isinstance(e, ToolStart)]
    arguments = [e for e in events if isinstance(e, ToolArgs)]
    return [
        (s.name, "".join(a.fragment for a in arguments if (a.slot, a.choice) == (s.slot, s.choice)))
        for s in starts
    ]


def ids(events: list[Event]) -> list[str]:
    return [e.id for e in events if isinstance(e, ToolStart)]


def test_a_call_is_a_start_its_fragments_and_an_end() -> None:
    assert calls(call(0, "call_1", "look"), call(0, arguments='{"at"'), call(0, arguments=":1}"))[
        1:
    ] == [
        ToolStart(0, "call_1", "look"),
        ToolArgs(0, '{"at"'),
        ToolArgs(0, ":1}"),
        ToolEnd(0),
        Finish("tool_calls", "tool_calls"),
        End(),
    ]


def test_calls_of_a_whole_answer_have_the_same_events() -> None:
    entries = [call(None, "call_1", "look", '{"at":1}'), call(None, "call_2", "find", "{}")]
    events = SERVER.whole(document(None, "tool_calls", tool_calls=entries))
    assert made(events) == [("look", '{"at":1}'), ("find", "{}")]
    assert ids(events) == ["call_1", "call_2"]


def test_interleaved_calls_are_joined_by_index() -> None:
    events = calls(
        call(0, "call_1", "look"),
        call(1, "call_2", "find"),
        call(0, arguments='{"a":1}'),
        call(1, arguments='{"b":2}'),
    )
    assert made(events) == [("look", '{"a":1}'), ("find", '{"b":2}')]


def test_slots_are_counted_whatever_the_index_says() -> None:
    events = calls(call(3, "call_1", "look", "{}"), call(7, "call_2", "find", "{}"))
    assert [e.slot for e in events if isinstance(e, ToolStart)] == [0, 1]


def test_a_call_may_share_the_first_chunk_with_the_role() -> None:
    first = chunk(role="assistant", content=None, tool_calls=[call(0, "call_1", "look", "{}")])
    assert made(SERVER.streamed(first, chunk("tool_calls"))) == [("look", "{}")]


def test_a_tool_without_arguments_becomes_an_empty_object() -> None:
    assert made(calls(call(0, "call_1", "look"))) == [("look", "{}")]


@pytest.mark.parametrize("arguments", [{"at": 1}, '{"at":1}'])
def test_arguments_as_an_object_become_text(arguments: Any) -> None:
    assert made(calls(call(0, "call_1", "look", arguments))) == [("look", '{"at":1}')]


def test_null_arguments_count_as_none() -> None:
    assert made(calls(call(0, "call_1", "look", None))) == [("look", "{}")]


@pytest.mark.parametrize("bad", [None, "", "look:0", "functions.look:0", "a" * 65])
def test_an_id_that_is_missing_or_that_others_refuse_is_replaced(bad: str | None) -> None:
    (new,) = ids(calls(call(0, bad, "look", "{}")))
    assert tool_ids.valid(new) and new.startswith("call_")


def test_a_repeated_id_is_replaced() -> None:
    first, second = ids(calls(call(0, "call_1", "look"), call(1, "call_1", "find")))
    assert first == "call_1" != second


def test_ids_differ_over_choices_too() -> None:
    pieces = [chunk(index=i, tool_calls=[call(0, "call_1", "look")]) for i in (0, 1)]
    first, second = ids(SERVER.streamed(*pieces))
    assert first != second


def test_without_an_index_a_new_id_opens_a_call() -> None:
    events = calls(
        call(None, "call_1", "look", '{"a"'),
        call(None, arguments=":1}"),
        call(None, "call_2", "find", "{}"),
    )
    assert made(events) == [("look", '{"a":1}'), ("find", "{}")]


def test_one_index_for_all_calls_is_told_apart_by_the_ids() -> None:
    events = calls(call(0, "call_1", "look", "{}"), call(0, "call_2", "find", "{}"))
    assert made(events) == [("look", "{}"), ("find", "{}")]


def test_without_ids_whole_calls_of_one_name_are_told_apart() -> None:
    events = calls(call(0, None, "look", '{"a":1}'), call(0, None, "look", '{"a":2}'))
    assert made(events) == [("look", '{"a":1}'), ("look", '{"a":2}')]


def test_without_ids_another_name_is_another_call() -> None:
    events = calls(call(None, None, "look", '{"a"'), call(None, None, "find", "{}"))
    assert [name for name, _ in made(events)] == ["look", "find"]


def test_an_id_and_a_name_repeated_on_each_piece_continue_the_call() -> None:
    events = calls(
        call(0, "call_1", "look", '{"a"'),
        call(0, "call_1", "look", ":1"),
        call(0, "call_1", "look", "}"),
    )
    assert made(events) == [("look", '{"a":1}')]


def test_a_name_repeated_without_an_id_continues_the_call() -> None:
    pieces = ('{"a"', ":{}", "}")
    events = calls(*(call(0, None, "look", piece) for piece in pieces))
    assert made(events) == [("look", '{"a":{}}')]


def test_pieces_with_an_empty_name_continue_the_call() -> None:
    events = calls(call(0, "call_1", "look", "{"), call(0, "", "", "}"))
    assert made(events) == [("look", "{}")]


def test_a_name_that_comes_late_opens_the_call_with_what_was_held() -> None:
    events = calls(call(0, "call_1", "", '{"a"'), call(0, None, "look", ":1}"))
    assert made(events) == [("look", '{"a":1}')]


def test_a_call_that_never_gets_a_name_is_a_failure() -> None:
    failure = failure_of(calls(call(0, "call_1", arguments="{}")))
    assert failure.kind is ErrorKind.PROTOCOL
    assert "without a name" in failure.message


@pytest.mark.parametrize("junk", [None, "x", {}, {"function": None}, {"index": 0}])
def test_a_delta_that_says_nothing_opens_no_call(junk: Any) -> None:
    events = SERVER.streamed(chunk(tool_calls=[junk], content="a"), chunk("stop"))
    assert events[-2:] == [Finish("stop", "stop"), End()]


def test_tool_calls_that_are_no_list_are_skipped() -> None:
    events = SERVER.streamed(chunk(tool_calls="x", content="a"), chunk("stop"))
    assert events[-1] == End()


def test_the_deprecated_function_call_is_a_call() -> None:
    events = SERVER.streamed(
        chunk(function_call={"name": "look", "arguments": ""}),
        chunk(function_call={"arguments": '{"a":1}'}),
        chunk("function_call"),
    )
    assert made(events) == [("look", '{"a":1}')]
    assert Finish("tool_calls", "function_call") in events


def test_a_signature_hidden_in_a_call_is_its_state() -> None:
    extra = {"google": {"thought_signature": "s"}}
    entry = call(None, None, "look", "{}") | {"extra_content": extra}
    (start,) = [e for e in calls(entry) if isinstance(e, ToolStart)]
    assert start.state == State("openai_compatible:m", "extra_content", extra)
