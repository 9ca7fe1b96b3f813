"""Fields of the wrong type, range or name: each a 400 that names the place."""

import pytest

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.request import decode_chat
from tests.lakehouse.gateway import bare
from tests.lakehouse.gateway.bodies import PNG, USER, of, part, picture, refused, text
from tests.serving import Gateway
from tests.upstreams.openai import OpenAIServer


def tool(name: str, kind: str = "function") -> bytes:
    return of(tools=[{"type": kind, "function": {"name": name}}])


def result(role: str, **fields: str) -> bytes:
    return of(messages=[USER, {"role": role, "content": "x", **fields}])


# what is wrong: body, place
PLACES: dict[str, tuple[bytes, str]] = {
    "no messages": (b'{"model": "echo"}', "messages"),
    "messages empty": (of(messages=[]), "messages"),
    "messages null": (of(messages=None), "messages"),
    "messages an object": (of(messages={}), "messages"),
    "a message that is text": (of(messages=["hi"]), "messages[0]"),
    "a message without a role": (of(messages=[{"content": "hi"}]), "messages[0].role"),
    "an unknown role": (of(messages=[{"role": "robot", "content": ""}]), "messages[0].role"),
    "content a number": (of(messages=[{"role": "user", "content": 5}]), "messages[0].content"),
    "content missing": (of(messages=[{"role": "user"}]), "messages[0].content"),
    "an unknown part": (part("smell"), "messages[0].content[0].type"),
    "a part without its text": (part("text"), "messages[0].content[0].text"),
    "an image that is no image": (
        picture("data:text/html;base64,aGk="),
        "messages[0].content[0].image_url.url",
    ),
    "an image of bad base64": (
        picture("data:image/png;base64,%%%"),
        "messages[0].content[0].image_url.url",
    ),
    "an image from a file": (
        picture("file:///etc/passwd"),
        "messages[0].content[0].image_url.url",
    ),
    "an image in a system message": (
        picture(PNG).replace(b'"user"', b'"system"'),
        "messages[0].content[0]",
    ),
    "audio of bad base64": (
        part("input_audio", input_audio={"data": "%", "format": "wav"}),
        "messages[0].content[0].input_audio.data",
    ),
    "audio of another format": (
        part("input_audio", input_audio={"data": "", "format": "ogg"}),
        "messages[0].content[0].input_audio.format",
    ),
    "a file of nothing": (part("file", file={}), "messages[0].content[0].file"),
    "model a number": (of(model=5), "model"),
    "model too long": (of(model="x" * 301), "model"),
    "stream a text": (of(stream="yes"), "stream"),
    "temperature a text": (of(temperature="hot"), "temperature"),
    "temperature too high": (of(temperature=3), "temperature"),
    "temperature 1e999": (text(temperature="1e999"), "temperature"),
    "max_tokens 0": (of(max_tokens=0), "max_tokens"),
    "max_tokens a fraction": (of(max_tokens=1.5), "max_tokens"),
    "max_tokens of 5000 digits": (text(max_tokens="9" * 5000), "max_tokens"),
    "seed of 5000 digits": (text(seed="9" * 5000), "seed"),
    "seed of 30 digits": (text(seed="9" * 30), "seed"),
    "1e999 in a free field": (text(metadata='{"x": 1e999}'), "metadata"),
    "n true": (of(n=True), "n"),
    "stop a list of numbers": (of(stop=[1]), "stop[0]"),
    "stop too many": (of(stop=["x"] * 17), "stop"),
    "logit_bias out of range": (of(logit_bias={"50256": 101}), "logit_bias"),
    "top_logprobs alone": (of(top_logprobs=3), "top_logprobs"),
    "an unknown effort": (of(reasoning_effort="heroic"), "reasoning_effort"),
    "an unknown format": (of(response_format={"type": "yaml"}), "response_format.type"),
    "a schema that is text": (
        of(response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": "x"}}),
        "response_format.json_schema.schema",
    ),
    "a tool's name with a space": (tool("my tool"), "tools[0].function.name"),
    "a tool that is no function": (tool("f", "magic"), "tools[0].type"),
    "a choice of no tool": (
        of(tool_choice={"type": "function", "function": {"name": "f"}}),
        "tool_choice",
    ),
    "a result of no call": (result("tool", tool_call_id="c9"), "messages[1].tool_call_id"),
    "a function's result of no call": (result("function", name="f"), "messages[1].name"),
}


@pytest.mark.parametrize(("data", "place"), PLACES.values(), ids=PLACES.keys())
def test_the_place_at_fault_is_named(
    served: Gateway, upstream: OpenAIServer, data: bytes, place: str
) -> None:
    error = refused(served, upstream, data)
    assert error["param"] is not None, error["message"]
    assert error["param"].startswith(place), error["param"]
    assert error["message"].endswith(".")


WORDS = {
    "reasoning_effort": (of(reasoning_effort="ultra"), "max, medium, minimal"),
    "messages[0].role": (of(messages=[{"role": "usr", "content": ""}]), 'Did you mean "user"?'),
    "messages[0].content[0].type": (part("smell"), "Known are: text, image_url"),
    "tool_choice": (of(tool_choice="any"), "Known are: auto, none, required."),
    "response_format.type": (of(response_format={"type": "json"}), "Known are: text, json_object"),
    "sensitivity": (of(sensitivity="secret"), "Known are: confidential, internal, public"),
}


@pytest.mark.parametrize("place", WORDS)
def test_a_word_that_is_not_known_is_told_with_those_that_are(place: str) -> None:
    data, told = WORDS[place]
    with pytest.raises(ApiError) as refused:
        decode_chat(data)
    assert refused.value.param == place
    assert told in refused.value.message


UNKNOWN = {
    "temprature": "Did you mean temperature?",
    "max_token": "Did you mean max_tokens?",
    "api_base": "Leave it out.",
    "api_key": "Leave it out.",
    "extra_headers": "Leave it out.",
    "base_url": "Leave it out.",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_field_is_named_with_a_suggestion(
    served: Gateway, upstream: OpenAIServer, name: str
) -> None:
    error = refused(served, upstream, of(**{name: "x"}))
    assert (error["code"], error["param"]) == ("unknown_field", name)
    assert error["message"] == f"Unknown field {name}. {UNKNOWN[name]}"


def test_an_unknown_field_within_is_named_with_its_place(
    served: Gateway, upstream: OpenAIServer
) -> None:
    error = refused(served, upstream, of(messages=[USER | {"contents": "x"}]))
    assert error["param"] == "messages[0].contents"
    assert "Did you mean content?" in error["message"]


@pytest.mark.parametrize(
    "data",
    [
        of(**{"x" * 1_000_000: 1}),
        of(**{"é" * 100_000: 1}),
        of(messages=[{"role": "r" * 1_000_000}]),
        of(reasoning_effort="e" * 1_000_000),
        of(model="m" * 7_000_000),
        of(provider="p" * 7_000_000),
    ],
    ids=["a name", "a name outside ASCII", "a role", "an effort", "a model", "a provider"],
)
def test_megabytes_where_a_word_belongs_are_refused_and_not_repeated(
    served: Gateway, upstream: OpenAIServer, data: bytes
) -> None:
    assert len(refused(served, upstream, data)["message"]) <= 600


KEY = "sk-proj-0123456789abcdefghij"


@pytest.mark.parametrize("data", [of(**{KEY: 1}), of(model=KEY), of(provider=KEY)])
def test_a_key_in_the_wrong_field_is_not_repeated(served: Gateway, data: bytes) -> None:
    reply = bare.post(served, data)
    assert reply.status in (400, 404)
    assert KEY.encode() not in reply.body


def test_known_openai_fields_that_nothing_honours_are_no_error(
    served: Gateway, upstream: OpenAIServer
) -> None:
    answer = served.chat("echo", store=True, service_tier="auto", prediction=None)
    assert answer.status_code == 200
