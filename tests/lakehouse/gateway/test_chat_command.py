"""`manage.py chat`: a terminal client through the same line as POST /v1/chat."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.lakehouse.gateway.house import MODEL
from tests.serving import ROOT, Gateway
from tests.upstreams.base import Answer, UpstreamServer, sse
from tests.upstreams.openai import OpenAIServer, chunk, error


def terminal(served: Gateway, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "chat", *words]
    return subprocess.run(
        command, cwd=ROOT, env=served.env, input=typed, capture_output=True, text=True, timeout=30
    )


def test_an_answer_is_printed_with_its_tokens_beside_and_recorded_without_a_key(
    served: Gateway, upstream: OpenAIServer
) -> None:
    done = terminal(served, "hello", "--model", MODEL)
    assert (done.returncode, done.stdout) == (0, "Hello there\n")
    assert "gpt-test · 12 in, 5 out" in done.stderr
    (row,) = served.rows("SELECT * FROM gateway_call ORDER BY started_at DESC LIMIT 1")
    assert (row["outcome"], row["api_key_id"], row["model_asked"]) == ("complete", None, MODEL)


def test_words_are_printed_as_they_come(served: Gateway, upstream: OpenAIServer) -> None:
    done = terminal(served, "hello", "--model", MODEL, "--stream")
    assert (done.returncode, done.stdout) == (0, "Hello there\n")
    assert upstream.last.json["stream"] is True
    assert "12 in, 5 out" in done.stderr


def test_text_comes_from_standard_input_and_the_answer_goes_out_as_json(
    served: Gateway, upstreams: dict[str, UpstreamServer]
) -> None:
    words = ["-", "--provider", "openai_compatible", "--system", "Be brief.", "--json"]
    answer = json.loads(terminal(served, *words, typed="from a pipe").stdout)
    assert answer["choices"][0]["message"]["content"] == "Hello there"
    first, second = upstreams["openai_compatible"].last.json["messages"]
    assert (first["role"], first["content"]) == ("system", "Be brief.")
    assert (second["role"], second["content"]) == ("user", "from a pipe")


def test_a_failure_is_one_line_and_a_bad_exit(served: Gateway, upstream: OpenAIServer) -> None:
    done = terminal(served, "hello", "--provider", "opnrouter")
    assert done.returncode == 1
    assert "Did you mean openrouter" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stream_that_breaks_is_a_bad_exit_too(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream([*sse(chunk(content="Hel"), done=False), *sse(error("it broke"))]))
    done = terminal(served, "hello", "--model", MODEL, "--stream")
    assert (done.returncode, done.stdout) == (1, "Hel")
    assert "it broke" in done.stderr


def test_nobody_named_is_a_question_back() -> None:
    with pytest.raises(CommandError, match="Name a model"):
        call_command("chat", "hello")
