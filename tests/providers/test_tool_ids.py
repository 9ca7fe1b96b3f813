from providers import tool_ids
from providers.messages import Text, ToolCall, ToolResult, Turn


def calls(*ids: str) -> Turn:
    return Turn("assistant", tuple(ToolCall(each, "look", "{}") for each in ids))


def results(*ids: str) -> Turn:
    return Turn("tool", tuple(ToolResult(each, "look", (Text("ok"),)) for each in ids))


def ids_of(turns: tuple[Turn, ...]) -> list[str]:
    return [
        part.id if isinstance(part, ToolCall) else part.call_id
        for turn in turns
        for part in turn.parts
        if isinstance(part, ToolCall | ToolResult)
    ]


def test_a_valid_new_id_is_kept_and_remembered() -> None:
    seen: set[str] = set()
    assert tool_ids.clean("call_1", seen) == "call_1"
    assert seen == {"call_1"}


def test_a_missing_id_is_replaced() -> None:
    assert tool_ids.clean(None, set()).startswith("call_")


def test_an_id_with_foreign_characters_is_replaced() -> None:
    new = tool_ids.clean("functions.look:0", set())
    assert tool_ids.valid(new)


def test_an_id_longer_than_64_characters_is_replaced() -> None:
    assert len(tool_ids.clean("a" * 65, set())) <= 64


def test_an_id_that_ends_in_a_newline_is_replaced() -> None:
    assert tool_ids.clean("call_1\n", set()) != "call_1\n"


def test_a_repeated_id_is_replaced_and_both_are_remembered() -> None:
    seen: set[str] = set()
    first, second = tool_ids.clean("a", seen), tool_ids.clean("a", seen)
    assert first == "a" != second
    assert seen == {first, second}


def test_a_history_of_valid_ids_is_the_same_object_within() -> None:
    turns = (calls("a", "b"), results("a", "b"))
    assert all(new is old for new, old in zip(tool_ids.in_history(turns), turns, strict=True))


def test_a_call_and_its_result_get_the_same_new_id() -> None:
    call, result = ids_of(tool_ids.in_history((calls("look:0"), results("look:0"))))
    assert call == result and tool_ids.valid(call)


def test_an_id_repeated_over_turns_is_told_apart() -> None:
    turns = (calls("look:0"), results("look:0"), calls("look:0"), results("look:0"))
    first, first_result, second, second_result = ids_of(tool_ids.in_history(turns))
    assert first == first_result != second == second_result


def test_the_same_history_gives_the_same_ids_each_time() -> None:
    turns = (calls("look:0", "look:0"), results("look:0"))
    assert tool_ids.in_history(turns) == tool_ids.in_history(turns)


def test_a_result_without_its_call_still_gets_a_valid_id() -> None:
    (only,) = ids_of(tool_ids.in_history((results("look:0"),)))
    assert tool_ids.valid(only)
