"""What the Gemini adapter sends: addresses, turns, parts, and the generation's fields."""

import base64

import msgspec
import pytest

from providers.errors import ErrorKind
from providers.messages import (
    Audio,
    File,
    Image,
    JsonSchema,
    Part,
    Reasoning,
    Refusal,
    Request,
    Sampling,
    Segment,
    Text,
    Thinking,
    Tool,
    Turn,
)
from tests.conversation import ask
from tests.providers.adapters.gemini_sent import GEMINI, body, parts_of, refusal_of, sent

MODEL = "gemini-3-flash"


def user(*parts: Part) -> Request:
    return Request(model=MODEL, turns=(Turn("user", parts),))


# --- where to ---


@pytest.mark.parametrize("model", ["gemini-3-flash", "models/gemini-3-flash"])
def test_the_model_goes_into_the_path_with_or_without_its_prefix(model: str) -> None:
    assert sent(ask(model=model)).path == "/models/gemini-3-flash:generateContent"


def test_a_stream_is_another_verb_and_asks_for_server_sent_events() -> None:
    path = sent(ask(model=MODEL, stream=True)).path
    assert path == "/models/gemini-3-flash:streamGenerateContent?alt=sse"


def test_a_model_name_cannot_leave_its_place_in_the_path() -> None:
    path = sent(ask(model="../files?x=1#y")).path
    assert path == "/models/..%2Ffiles%3Fx%3D1%23y:generateContent"


def test_a_tuned_model_keeps_its_own_collection() -> None:
    assert sent(ask(model="tunedModels/mine")).path == "/tunedModels/mine:generateContent"


def test_the_key_is_a_header_of_googles_own() -> None:
    assert GEMINI.auth_headers("k") == (("x-goog-api-key", "k"),)


def test_only_googles_host_gets_the_key_by_default() -> None:
    assert GEMINI.hosts == {"generativelanguage.googleapis.com"}


# --- turns ---


def test_the_smallest_request_is_one_turn_and_nothing_else() -> None:
    assert body(ask("hi", model=MODEL)) == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}]
    }


def test_system_and_developer_texts_become_the_system_instruction_in_order() -> None:
    system = (Segment("one"), Segment(""), Segment("two", role="developer", after=1))
    assert body(ask(system=system))["systemInstruction"] == {
        "parts": [{"text": "one"}, {"text": "two"}]
    }


def test_turns_of_one_role_are_merged() -> None:
    turns = (
        Turn("user", (Text("a"),)),
        Turn("user", (Text("b"),)),
        Turn("assistant", (Text("c"),)),
    )
    assert body(Request(model=MODEL, turns=turns))["contents"] == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}]},
    ]


def test_a_turn_that_has_nothing_to_say_is_left_out_and_its_neighbours_meet() -> None:
    turns = (
        Turn("user", (Text("a"),)),
        Turn("assistant", (Text(""),)),
        Turn("user", (Text("b"),)),
    )
    contents = body(Request(model=MODEL, turns=turns))["contents"]
    assert contents == [{"role": "user", "parts": [{"text": "a"}, {"text": "b"}]}]


@pytest.mark.parametrize("turns", [(), (Turn("assistant", (Text("hello"),)),)])
def test_the_first_turn_is_always_a_users(turns: tuple[Turn, ...]) -> None:
    first = body(Request(model=MODEL, turns=turns))["contents"][0]
    assert first == {"role": "user", "parts": [{"text": " "}]}


def test_a_refusal_in_the_history_is_text_to_gemini() -> None:
    turns = (Turn("user", (Text("a"),)), Turn("assistant", (Refusal("I will not."),)))
    assert parts_of(Request(model=MODEL, turns=turns)) == [{"text": "I will not."}]


def test_thoughts_without_a_signature_stay_with_the_client() -> None:
    turns = (Turn("user", (Text("a"),)), Turn("assistant", (Reasoning("hmm"), Text("b"))))
    assert parts_of(Request(model=MODEL, turns=turns)) == [{"text": "b"}]


# --- parts ---


@pytest.mark.parametrize(
    ("part", "mime"),
    [
        (Image(mime="image/png", data=b"\x00\xff"), "image/png"),
        (Audio("audio/wav", b"\x00\xff"), "audio/wav"),
        (Audio("audio/mpeg", b"\x00\xff"), "audio/mp3"),
        (File("a.pdf", "application/pdf", b"\x00\xff"), "application/pdf"),
    ],
)
def test_media_goes_inline_as_base64(part: Part, mime: str) -> None:
    data = base64.b64encode(b"\x00\xff").decode()
    assert parts_of(user(part)) == [{"inlineData": {"mimeType": mime, "data": data}}]


def test_an_image_that_is_still_a_url_is_refused() -> None:
    failure = refusal_of(user(Image(url="https://example.com/a.png")))
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "messages")
    assert failure.accepted is False


def test_a_file_by_id_is_a_file_of_googles() -> None:
    assert parts_of(user(File(file_id="files/abc"))) == [{"fileData": {"fileUri": "files/abc"}}]


def test_a_file_by_id_keeps_its_media_type() -> None:
    part = File(file_id="files/abc", mime="text/csv")
    assert parts_of(user(part)) == [{"fileData": {"fileUri": "files/abc", "mimeType": "text/csv"}}]


@pytest.mark.parametrize("part", [File("a.bin", None, b"x"), File("a.bin")])
def test_a_file_that_says_too_little_is_the_clients_error(part: File) -> None:
    failure = refusal_of(user(part))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "messages")


# --- how to generate ---


def test_sampling_fields_have_geminis_names() -> None:
    sampling = Sampling(
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        seed=7,
        stop=("a", "b"),
        presence_penalty=0.1,
        frequency_penalty=0.2,
        logprobs=True,
        top_logprobs=3,
        n=2,
    )
    assert body(ask(sampling=sampling, limit=99))["generationConfig"] == {
        "maxOutputTokens": 99,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "seed": 7,
        "stopSequences": ["a", "b"],
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "candidateCount": 2,
        "responseLogprobs": True,
        "logprobs": 3,
    }


def test_one_choice_needs_no_candidate_count() -> None:
    assert "generationConfig" not in body(ask(sampling=Sampling(n=1, logprobs=False)))


def test_five_stops_are_sent() -> None:
    stops = ("a", "b", "c", "d", "e")
    assert body(ask(sampling=Sampling(stop=stops)))["generationConfig"] == {
        "stopSequences": list(stops)
    }


def test_a_sixth_stop_is_refused_by_name() -> None:
    failure = refusal_of(ask(sampling=Sampling(stop=tuple("abcdef"))))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "stop")
    assert "at most 5" in failure.message


def test_a_json_object_is_a_media_type() -> None:
    config = body(ask(output="json_object"))["generationConfig"]
    assert config == {"responseMimeType": "application/json"}


def test_a_schema_is_sent_as_json_schema_untouched() -> None:
    schema = {"type": "object", "additionalProperties": False, "$defs": {"a": {"const": 1}}}
    config = body(ask(output=JsonSchema("n", schema, strict=True)))["generationConfig"]
    assert config == {"responseMimeType": "application/json", "responseJsonSchema": schema}


def test_safety_settings_come_from_the_provider() -> None:
    settings = {"HARM_CATEGORY_HARASSMENT": "BLOCK_NONE"}
    assert body(ask(), options={"safety_settings": settings})["safetySettings"] == [
        {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
    ]


def test_the_floor_raises_the_limit_of_a_model_that_thinks_and_says_so() -> None:
    outgoing = sent(ask(model=MODEL, limit=10), min_output_tokens=1500)
    assert msgspec.json.decode(outgoing.body)["generationConfig"] == {"maxOutputTokens": 1500}
    note = "max_tokens 10 was sent as 1500, the provider's floor"
    assert outgoing.notes == (("x-lakehouse-note", note),)


@pytest.mark.parametrize(
    ("model", "thinking"),
    [("gemini-2.0-flash", Thinking()), ("gemini-2.5-flash", Thinking(effort="none"))],
)
def test_the_floor_leaves_models_alone_that_do_not_think(model: str, thinking: Thinking) -> None:
    request = ask(model=model, limit=10, thinking=thinking)
    assert body(request, min_output_tokens=1500)["generationConfig"]["maxOutputTokens"] == 10


# --- what is left out ---


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (ask(sampling=Sampling(logit_bias={"1": 2.0})), "logit_bias"),
        (ask(user="u-1"), "user"),
        (ask(extras={"verbosity": "low"}), "verbosity"),
        (ask(tools=(Tool("a", strict=True), Tool("b"))), "tools.function.strict"),
        (Request(model="m", turns=(Turn("user", (Text("a"),), "Ann"),)), "messages.name"),
        (
            user(Image(mime="image/png", data=b"x", detail="high")),
            "messages.content.image_url.detail",
        ),
    ],
)
def test_a_field_without_a_place_is_reported(request_: Request, name: str) -> None:
    assert sent(request_).dropped == (name,)


def test_nothing_is_reported_when_all_is_honoured() -> None:
    request = ask(
        extras={"store": None}, tools=(Tool("a", strict=True),), sampling=Sampling(seed=1)
    )
    assert sent(request).dropped == ()
