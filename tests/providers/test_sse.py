"""Splitting bytes into lines and server-sent events, however the network cuts them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import ErrorKind, ProviderError
from providers.sse import MAX_LINE, EventSplitter, LineSplitter

# Streams made of what can go wrong, so that examples are dense in line ends and fields.
PIECES = st.sampled_from(
    [
        b"\r",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"data:",
        b"data: x",
        b"data",
        b"event: e",
        b"event",
        b"id: 1",
        b"retry: 5",
        b": ping",
        b'{"error": 1}',
        b" ",
        b"\xef\xbb\xbf",
        "\u2028\u0085é".encode(),
        b"\x0b\x0c\x1c\x00",
    ]
)
STREAMS = st.lists(PIECES, max_size=30).map(b"".join) | st.binary(max_size=60)
CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=10)

Events = tuple[list[tuple[str, bytes]], list[bytes]]


def sliced(data: bytes, sizes: list[int]) -> list[bytes]:
    """The bytes in chunks of these sizes, over and over."""
    chunks: list[bytes] = []
    at = 0
    while at < len(data):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(data[at : at + size])
        at += size
    return chunks


def lines_of(*chunks: bytes, limit: int = MAX_LINE) -> list[bytes]:
    splitter = LineSplitter(limit)
    return [line for chunk in chunks for line in splitter.feed(chunk)] + [splitter.rest()]


def events_of(*chunks: bytes, limit: int = MAX_LINE) -> Events:
    """(name, data) of every event, and the stray lines."""
    splitter = EventSplitter(limit)
    events = [event for chunk in chunks for event in splitter.feed(chunk)] + splitter.finish()
    return [(event.name, event.data) for event in events], splitter.stray


def data_of(*chunks: bytes) -> list[bytes]:
    return [data for _, data in events_of(*chunks)[0]]


# --- lines ---


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_line_ends_at_lf_cr_or_both(end: bytes) -> None:
    assert lines_of(b"a" + end + b"b" + end) == [b"a", b"b", b""]


def test_different_line_ends_may_mix() -> None:
    assert lines_of(b"a\nb\rc\r\nd") == [b"a", b"b", b"c", b"d"]


def test_an_end_split_over_two_chunks_is_one_end() -> None:
    assert lines_of(b"a\r", b"\nb\n") == [b"a", b"b", b""]


def test_an_lf_chunk_after_a_cr_is_swallowed_once() -> None:
    assert lines_of(b"a\r", b"\n", b"\nb") == [b"a", b"", b"b"]


def test_a_line_that_ends_in_cr_is_given_at_once() -> None:
    assert LineSplitter().feed(b"a\r") == [b"a"]


def test_empty_lines_are_lines() -> None:
    assert lines_of(b"\n\r\n\r\n\n") == [b"", b"", b"", b"", b""]


def test_an_empty_chunk_changes_nothing() -> None:
    assert lines_of(b"a\r", b"", b"\nb") == [b"a", b"b"]


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\0"])
def test_other_separators_stay_inside_a_line(inside: str) -> None:
    line = f"a{inside}b".encode()
    assert lines_of(line + b"\n") == [line, b""]


def test_a_line_over_many_chunks_is_whole() -> None:
    assert lines_of(b"a", b"b", b"c\nd", b"e\n") == [b"abc", b"de", b""]


def test_the_rest_is_given_once() -> None:
    splitter = LineSplitter()
    splitter.feed(b"a\nb")
    assert (splitter.rest(), splitter.rest()) == (b"b", b"")


@settings(deadline=None)
@given(STREAMS, CUTS)
def test_lines_do_not_depend_on_how_the_bytes_are_cut(data: bytes, sizes: list[int]) -> None:
    whole = lines_of(data)
    assert lines_of(*sliced(data, sizes)) == whole
    assert lines_of(*sliced(data, [1])) == whole


@settings(deadline=None)
@given(STREAMS)
def test_no_byte_but_line_ends_is_lost(data: bytes) -> None:
    assert b"".join(lines_of(data)) == data.replace(b"\r", b"").replace(b"\n", b"")


def refused(*chunks: bytes, limit: int) -> ErrorKind:
    with pytest.raises(ProviderError) as caught:
        lines_of(*chunks, limit=limit)
    return caught.value.failure.kind


def test_a_line_of_the_limit_passes() -> None:
    assert lines_of(b"abcd\nefgh\n", b"ijkl", limit=4) == [b"abcd", b"efgh", b"ijkl"]


@pytest.mark.parametrize(
    "chunks",
    [(b"abcde",), (b"abc", b"de"), (b"abcde\n",), (b"a\nbcdefg\nh",), (b"abc", b"de\n")],
)
def test_a_line_over_the_limit_is_refused_complete_or_not(chunks: tuple[bytes, ...]) -> None:
    assert refused(*chunks, limit=4) is ErrorKind.PROTOCOL


def test_many_short_lines_in_a_large_chunk_are_no_long_line() -> None:
    assert len(lines_of(b"abc\n" * 1000, limit=4)) == 1001


def test_a_line_that_was_given_no_longer_counts() -> None:
    assert lines_of(*[b"ab", b"c\n"] * 50, limit=4) == [b"abc"] * 50 + [b""]


# --- events ---


def test_an_event_ends_at_a_blank_line() -> None:
    assert data_of(b"data: a\n\ndata: b\n\n") == [b"a", b"b"]


def test_data_loses_one_leading_space_and_no_more() -> None:
    assert data_of(b"data:a\n\ndata: a\n\ndata:  a \n\n") == [b"a", b"a", b" a "]


def test_several_data_lines_are_one_event_with_lf_between() -> None:
    assert data_of(b"data: a\r\ndata:\r\ndata: b\r\n\r\n") == [b"a\n\nb"]


def test_an_event_carries_its_name_and_the_next_one_does_not() -> None:
    events, _ = events_of(b"event: ping\ndata: 1\n\ndata: 2\n\n")
    assert events == [("ping", b"1"), ("", b"2")]


def test_a_name_without_data_is_forgotten() -> None:
    assert events_of(b"event: ping\n\ndata: 2\n\n")[0] == [("", b"2")]


def test_a_name_that_is_not_utf_8_is_read_as_far_as_it_goes() -> None:
    assert events_of(b"event: a\xff\ndata: 1\n\n")[0] == [("a\ufffd", b"1")]


def test_comments_ids_and_retries_are_nothing() -> None:
    stream = b": ping\n\n:\n\nid: 7\nretry: 100\ndata: x\nid\nretry\n\n"
    assert events_of(stream) == ([("", b"x")], [])


def test_the_name_of_a_field_alone_has_an_empty_value() -> None:
    assert events_of(b"event: a\nevent\ndata\ndata\n\n") == ([("", b"\n")], [])


def test_a_mark_of_byte_order_before_the_first_line_is_dropped() -> None:
    assert events_of(b"\xef\xbb", b"\xbfdata: a\n\n") == ([("", b"a")], [])


def test_a_mark_of_byte_order_anywhere_else_is_content() -> None:
    assert data_of(b"data: a\n\ndata: \xef\xbb\xbfb\n\n") == [b"a", b"\xef\xbb\xbfb"]


def test_an_event_is_given_as_soon_as_its_blank_line_begins() -> None:
    splitter = EventSplitter()
    (event,) = splitter.feed(b"data: a\r\n\r")
    assert event.data == b"a"
    assert splitter.feed(b"\n") == []


def test_an_event_without_its_blank_line_is_given_at_the_end() -> None:
    assert data_of(b"data: a\n\ndata: b") == [b"a", b"b"]


def test_a_line_separator_inside_data_stays_there() -> None:
    text = json.dumps({"text": "a\u2028b\u0085c"}, ensure_ascii=False).encode()
    assert data_of(b"data: " + text + b"\n\n") == [text]


def test_a_bare_error_is_kept_as_a_stray_line() -> None:
    events, stray = events_of(b'data: a\n\n{"error": "no"}\n\ndata: b\n\n')
    assert (events, stray) == ([("", b"a"), ("", b"b")], [b'{"error": "no"}'])


def test_a_bare_document_at_the_end_is_stray_line_by_line() -> None:
    events, stray = events_of(b'{\n  "error": "no"\n}')
    assert not events
    assert json.loads(b"\n".join(stray)) == {"error": "no"}


@settings(deadline=None)
@given(STREAMS, CUTS)
def test_events_do_not_depend_on_how_the_bytes_are_cut(data: bytes, sizes: list[int]) -> None:
    whole = events_of(data)
    assert events_of(*sliced(data, sizes)) == whole
    assert events_of(*sliced(data, [1])) == whole


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)


@settings(deadline=None)
@given(st.lists(st.lists(TEXT, min_size=1, max_size=3), max_size=5), CUTS)
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_what_is_written_as_events_is_read_back(
    end: str, written: list[list[str]], sizes: list[int]
) -> None:
    stream = "".join("".join(f"data: {line}{end}" for line in one) + end for one in written)
    expected = ["\n".join(one).encode() for one in written]
    assert data_of(*sliced(stream.encode(), sizes)) == expected


def too_much(*chunks: bytes) -> bool:
    """True when a limit of 1000 bytes stops these chunks, and by the right kind."""
    try:
        events_of(*chunks, limit=1000)
    except ProviderError as error:
        assert error.failure.kind is ErrorKind.PROTOCOL
        return True
    return False


def test_an_event_of_many_lines_is_limited_as_a_whole() -> None:
    assert too_much(*[b"data: " + b"x" * 94 + b"\n"] * 10)


def test_many_tiny_lines_count_for_the_memory_they_take() -> None:
    assert too_much(*[b"data:x\n"] * 100)


def test_events_that_were_given_no_longer_count() -> None:
    assert not too_much(*[b"data: " + b"x" * 500 + b"\n\n"] * 50)


def test_stray_lines_are_limited_though_events_come_between() -> None:
    assert too_much(*[b"x" * 300 + b"\ndata: a\n\n"] * 4)


def test_comments_are_never_too_many() -> None:
    assert not too_much(*[b": " + b"x" * 900 + b"\n\n"] * 20)


def test_a_line_without_an_end_is_limited() -> None:
    assert too_much(b"data: " + b"x" * 500, b"x" * 500)
