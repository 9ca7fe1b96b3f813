"""Bodies that are no JSON, or JSON of a kind that nobody should pass on: each a 400."""

import pytest

from tests.lakehouse.gateway import bare
from tests.lakehouse.gateway.bodies import of, refused, said, text
from tests.serving import Gateway
from tests.upstreams.openai import OpenAIServer

DEEP = "[" * 200 + "]" * 200
DEEPER = "[" * 100_000 + "]" * 100_000
NOT_JSON = {
    "nothing": b"",
    "a space": b" ",
    "half a document": b'{"model": "echo"',
    "two documents": of() + b"{}",
    "a trailing comma": b'{"model": "echo",}',
    "single quotes": b"{'model': 'echo'}",
    "a form": b"model=echo&messages=hi",
    "HTML": b"<html></html>",
    "a byte order mark": b"\xef\xbb\xbf" + of(),
    "UTF-16": of().decode().encode("utf-16"),
    "invalid UTF-8": said('"\xff"').decode().encode("latin-1"),
    "a raw NUL": said('"a\0b"'),
    "a raw newline in a text": said('"a\nb"'),
    "half a pair where more is wrong": said('"\\ud800"x'),
    "NaN": text(temperature="NaN"),
    "Infinity": text(temperature="Infinity"),
    "-Infinity in a free field": text(metadata='{"x": -Infinity}'),
    "a number with a leading zero": text(seed="007"),
    "an undefined escape": said('"\\x41"'),
}


@pytest.mark.parametrize("data", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_refused(served: Gateway, upstream: OpenAIServer, data: bytes) -> None:
    assert "not valid JSON" in refused(served, upstream, data)["message"]


@pytest.mark.parametrize("data", [b"[]", b"null", b'"hi"', b"1", b"true"])
def test_a_body_that_is_no_object_is_refused(
    served: Gateway, upstream: OpenAIServer, data: bytes
) -> None:
    error = refused(served, upstream, data)
    assert error["message"].startswith("the body: expected `object`")


DEPTHS = {
    "metadata": text(metadata=DEEP),
    "tools[0].function.parameters": text(
        tools='[{"type": "function", "function": {"name": "f", "parameters": {"a": ' + DEEP + "}}}]"
    ),
    "response_format.json_schema.schema": text(
        response_format='{"type": "json_schema", "json_schema": {"name": "n", "schema": {"a": '
        + DEEP
        + "}}}"
    ),
    "messages[0].lakehouse_state": text(
        messages='[{"role": "assistant", "content": "x", "lakehouse_state": '
        '[{"origin": "o", "kind": "k", "value": ' + DEEP + "}]}]"
    ).replace(b'"messages": [{"role": "user", "content": "hello"}], ', b""),
}


@pytest.mark.parametrize("place", DEPTHS)
def test_deep_nesting_in_a_free_field_is_refused_by_name(
    served: Gateway, upstream: OpenAIServer, place: str
) -> None:
    error = refused(served, upstream, DEPTHS[place])
    assert error["param"] == place
    assert "deeper than 64 levels" in error["message"]


@pytest.mark.parametrize(
    "data",
    [DEEPER.encode(), text(metadata=DEEPER), text(metadata='{"a":' * 5000 + "1" + "}" * 5000)],
    ids=["the body itself", "lists", "objects"],
)
def test_nesting_beyond_any_parser_is_refused(
    served: Gateway, upstream: OpenAIServer, data: bytes
) -> None:
    refused(served, upstream, data)


@pytest.mark.parametrize("depth", [100, 400, 900, 990, 2000])
def test_deep_nesting_with_a_nul_at_its_bottom_is_refused(
    served: Gateway, upstream: OpenAIServer, depth: int
) -> None:
    refused(served, upstream, text(metadata="[" * depth + '"\\u0000"' + "]" * depth))


NULS = {
    "messages[0].content": said('"a\\u0000b"'),
    "provider": text(provider='"a\\u0000b"'),
    "metadata.a[1]": text(metadata='{"a": ["x", "\\u0000"]}'),
    "metadata.a\\u0000": text(metadata='{"a\\u0000": 1}'),
}


@pytest.mark.parametrize("place", NULS)
def test_a_nul_is_refused_by_place(served: Gateway, upstream: OpenAIServer, place: str) -> None:
    error = refused(served, upstream, NULS[place])
    assert error["param"] == place
    assert "NUL" in error["message"]


HALVES = {
    "messages[0].content": said('"a\\ud800b"'),
    "provider": text(provider='"\\uDC00 x"'),
    "metadata.a\\ud800": text(metadata='{"a\\ud800": 1}'),
}


@pytest.mark.parametrize("place", HALVES)
def test_half_of_a_surrogate_pair_is_refused_by_place(
    served: Gateway, upstream: OpenAIServer, place: str
) -> None:
    error = refused(served, upstream, HALVES[place])
    assert error["param"] == place
    assert "half of a surrogate pair" in error["message"]


def test_a_backslash_before_u0000_is_no_nul(served: Gateway, upstream: OpenAIServer) -> None:
    assert bare.post(served, said('"C:\\\\u0000"')).status == 200
    assert upstream.last.json["messages"][0]["content"] == "C:\\u0000"


TWICE = {
    "model": text(model='"echo"'),
    "content": said('"a", "content": "b"'),
    "a": text(metadata='{"x": [{"a": 1, "a": 2}]}'),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_name_twice_in_one_object_is_refused(
    served: Gateway, upstream: OpenAIServer, name: str
) -> None:
    error = refused(served, upstream, TWICE[name])
    assert error["param"] == name
    assert error["message"] == f"{name} is in one object twice. Send it once."


def test_big_integers_in_free_fields_reach_the_upstream_whole(
    served: Gateway, upstream: OpenAIServer
) -> None:
    reply = bare.post(served, text(metadata='{"x": 12345678901234567890123}'))
    assert reply.status == 200
    assert b"12345678901234567890123" in upstream.last.body
