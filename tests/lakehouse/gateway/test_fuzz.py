"""Requests bent at random places: whatever comes, it is never our own failure."""

import copy
import json
import random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lakehouse.gateway.bodies import PNG
from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway

GOOD: dict[str, Any] = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "name": "ana",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "Hm.",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "look", "arguments": '{"at": "it"}'},
                    "lakehouse_state": {"origin": "o", "kind": "k", "value": {"a": [1]}},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "A cat."},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "look",
                "description": "Looks",
                "parameters": {"type": "object", "properties": {"at": {"type": "string"}}},
                "strict": True,
            },
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "look"}},
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
    },
    "reasoning": {"effort": "low", "max_tokens": 2000},
    "stop": ["END"],
    "logit_bias": {"50256": -100},
    "max_tokens": 100,
    "temperature": 0.5,
    "seed": 7,
    "metadata": {"run": "1"},
    "stream": False,
    "user": "u",
}
MODELS = [MODEL, "echo", "ollama", "gemini", "claude", "kimi", "openrouter", "ollama_cloud"]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([10**30, -(10**30), 2**63, 2**64, "", "\0", "\r\n", "a" * 5000, "é\u2028😀"]),
    st.text(max_size=20),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
words = st.text(max_size=12).filter(lambda text: "\0" not in text)
keywords = st.sampled_from(
    [
        *("type", "properties", "items", "anyOf", "allOf", "enum", "$ref", "$defs", "required"),
        *("additionalProperties", "const", "format", "description", "prefixItems", "minimum"),
    ]
)
schemas = st.recursive(
    scalars | st.sampled_from(["object", "array", "string", "#/$defs/a", "#"]),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keywords, inner)),
    max_leaves=12,
).filter(lambda schema: isinstance(schema, dict))
seldom_slow = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a document but the document itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[Any, ...]] = []
    for key, inner in items:
        found.append((*path, key))
        if isinstance(inner, dict | list):
            found += places(inner, (*path, key))
    return found


PLACES = places(GOOD)


def bent(changes: list[tuple[int, Any]], gone: set[int], model: str) -> dict[str, Any]:
    """GOOD with values put at some places and some places left out, where they still exist."""
    body = copy.deepcopy(GOOD) | {"model": model}
    for number, value in [*changes, *((number, Ellipsis) for number in gone)]:
        *path, last = PLACES[number]
        holder: Any = body
        try:
            for step in path:
                holder = holder[step]
            if value is Ellipsis:
                del holder[last]
            else:
                holder[last] = value
        except (KeyError, IndexError, TypeError):
            continue
    return body


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.text, answer.request.content[:2000])
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert error["message"]
        assert error["request_id"] == answer.headers["x-request-id"]


@pytest.fixture(scope="module")
def client(served: Gateway) -> Any:
    with served.client() as client:
        yield client


@pytest.mark.parametrize("model", MODELS)
def test_the_unbent_body_is_good(client: httpx.Client, model: str) -> None:
    answer = client.post("/v1/chat", json=GOOD | {"model": model})
    assert answer.status_code == 200, answer.text


@seldom_slow
@given(
    changes=st.lists(st.tuples(st.integers(0, len(PLACES) - 1), values), max_size=3),
    gone=st.sets(st.integers(0, len(PLACES) - 1), max_size=2),
    model=st.sampled_from(MODELS),
    stream=st.booleans(),
)
def test_a_body_bent_anywhere_never_makes_a_5xx(
    client: httpx.Client, changes: list[tuple[int, Any]], gone: set[int], model: str, stream: bool
) -> None:
    body = bent(changes, gone, model) | ({"stream": True} if stream else {})
    check(client.post("/v1/chat", content=json.dumps(body)))


@seldom_slow
@given(
    model=st.sampled_from(MODELS),
    schema=schemas,
    words=st.lists(words, min_size=4, max_size=4),
    free=values,
    stream=st.booleans(),
)
def test_what_may_hold_anything_never_makes_a_5xx(
    client: httpx.Client, model: str, schema: Any, words: list[str], free: Any, stream: bool
) -> None:
    body = copy.deepcopy(GOOD) | {"model": model, "stream": stream, "metadata": free}
    body["tools"][0]["function"]["parameters"] = schema
    body["response_format"]["json_schema"]["schema"] = schema
    call = body["messages"][2]["tool_calls"][0]
    call["id"] = body["messages"][3]["tool_call_id"] = words[0]
    call["function"]["arguments"] = words[1]
    call["lakehouse_state"] = {"origin": f"{model}:x", "kind": words[2], "value": free}
    body["messages"][0]["content"] = body["messages"][3]["content"] = words[3]
    check(client.post("/v1/chat", content=json.dumps(body)))


@seldom_slow
@given(at=st.integers(0, 2000), junk=st.binary(max_size=6), cut=st.integers(0, 40))
def test_bytes_put_anywhere_never_make_a_5xx(
    client: httpx.Client, at: int, junk: bytes, cut: int
) -> None:
    whole = json.dumps(GOOD).encode()
    at %= len(whole)
    check(client.post("/v1/chat", content=whole[:at] + junk + whole[at + cut :]))


@seldom_slow
@given(junk=st.binary(max_size=200))
def test_bytes_alone_never_make_a_5xx(client: httpx.Client, junk: bytes) -> None:
    assert client.post("/v1/chat", content=junk).status_code == 400
    assert client.post("/v1/embeddings", content=junk).status_code == 400


@seldom_slow
@given(body=st.dictionaries(st.sampled_from(["input", "model", "dimensions", "user"]), values))
def test_any_embedding_request_never_makes_a_5xx(client: httpx.Client, body: Any) -> None:
    check(client.post("/v1/embeddings", content=json.dumps({"model": "echo"} | body)))


def test_every_place_on_its_own_takes_every_odd_value(client: httpx.Client) -> None:
    odd: list[Any] = [None, 0, -1, 2**70, 1.5, "", "\r\n", [], {}, [[]], {"": None}, True]
    chosen = random.Random(7)  # the same ones each run
    for number in range(len(PLACES)):
        value = chosen.choice(odd)
        check(client.post("/v1/chat", content=json.dumps(bent([(number, value)], set(), MODEL))))
