"""Streams that fail after their first token: an error event, no end, one row."""

from pathlib import Path

import pytest

from tests.lakehouse.gateway.faults import HTML, TEXT, broken, recorded
from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway, body
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, chunk, error, text_chunks


def test_a_stream_that_is_cut_ends_in_an_error(served: Gateway, upstream: OpenAIServer) -> None:
    cut = len(b"".join(TEXT)) + 10
    upstream.next(Answer.stream([*TEXT, *sse(chunk(content="lo"))], cut=cut))
    assert '"content":"Hel"' in broken(served)


def test_a_stream_that_ends_without_its_terminator_ends_in_an_error(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(TEXT))
    assert '"content":"Hel"' in broken(served)


def test_a_closed_connection_is_no_proof_of_an_end(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(TEXT, framing="close"))
    assert '"content":"Hel"' in broken(served)


def test_an_error_in_the_middle_is_passed_on_as_an_event(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream([*TEXT, *sse(error("it broke", "server_error"))]))
    assert "it broke" in broken(served, "server")


@pytest.mark.parametrize(
    "junk",
    [b"data: {\n\n", b"data: \xff\xfe\n\n", b"data: 17\n\n", HTML + b"\n\n"],
    ids=["half a document", "garbage", "a number", "HTML"],
)
def test_junk_in_the_middle_never_ends_the_stream_well(
    served: Gateway, upstream: OpenAIServer, junk: bytes
) -> None:
    upstream.next(Answer.stream([*TEXT, junk, *sse(chunk(content="lo"), done=False)]))
    broken(served)


def test_silence_after_a_token_ends_in_an_error(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(TEXT, stall_after=2))
    assert "idle_timeout of 0.2 s" in broken(served, "timeout", "hasty/m")


def test_the_total_time_ends_a_stream_that_flows(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(sse(*text_chunks(*"abcdefgh" * 20)), pause=0.02))
    assert "total_timeout of 0.4 s" in broken(served, "timeout", "brief/m")


@pytest.mark.skipif(not Path("/proc").exists(), reason="reads memory from /proc")
def test_an_endless_line_is_bounded(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream([*TEXT, b"data: ", *[b"x" * 1_000_000] * 12]))
    before = memory(served)
    assert "longer than" in broken(served)
    assert memory(served) - before < 32 * 1024 * 1024


def memory(served: Gateway) -> int:
    """The resident memory of the gateway's process, in bytes."""
    return int(Path(f"/proc/{served.process.pid}/statm").read_text().split()[1]) * 4096


def test_what_comes_after_the_terminator_is_not_passed_on(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream([*sse(*text_chunks("all")), *sse(chunk(content="more"))]))
    with served.client() as client:
        answer = client.post("/v1/chat", json=body(MODEL, stream=True))
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "more" not in answer.text
    assert recorded(served, answer)[0]["outcome"] == "complete"
