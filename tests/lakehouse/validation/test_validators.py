"""Each validator: what passes, what does not, and the words and place of its errors."""

from typing import Any

import pytest

from tests.lakehouse.validation.finding import fits, found, told

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "mail": {"type": "string", "format": "email"},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
    "required": ["name", "mail"],
    "additionalProperties": False,
}


def test_an_error_has_validator_kind_path_and_message() -> None:
    (error,) = found("no", "json")
    assert set(error.shown()) == {"validator", "kind", "path", "message"}
    assert (error.validator, error.kind, error.path) == ("json", "schema", "$")
    assert "not one JSON document" in error.message


@pytest.mark.parametrize("text", ["{}", "1", ' "x" ', "[null]"])
def test_json_is_json(text: str) -> None:
    assert found(text, "json") == []


@pytest.mark.parametrize("text", ["", "{} {}", "{'a': 1}", "```json\n{}\n```", "NaN", "[" * 5000])
def test_what_is_not_json_is_said(text: str) -> None:
    assert [e.kind for e in found(text, "json")] == ["schema"]


# --- json_schema ---


def test_what_fits_a_schema_passes() -> None:
    assert found('{"name": "Ada", "mail": "ada@example.org", "tags": ["a"]}', fits(PERSON)) == []


WRONG = [
    ('{"name": "Ada"}', ("completeness", "$", '"mail" is missing.')),
    (
        '{"name": 1, "mail": "a@b.org"}',
        ("schema", "$.name", "It is an integer, not string."),
    ),
    ('{"name": "Ada", "mail": "ada"}', ("schema", "$.mail", "It is no email.")),
    (
        '{"name": "Ada", "mail": "a@b.org", "tags": ["a", "z"]}',
        ("schema", "$.tags[1]", 'It is none of ["a", "b"].'),
    ),
    (
        '{"name": "A", "mail": "a@b.org"}',
        (
            "schema",
            "$.name",
            "It is a string of 1 characters, which the schema's minLength 2 does not allow.",
        ),
    ),
    (
        '{"name": "Ada", "mail": "a@b.org", "x y": 1}',
        ("schema", "$", 'It has what the schema does not know: "x y".'),
    ),
    ("[]", ("schema", "$", "It is an array of 0 items, not object.")),
]


@pytest.mark.parametrize(("text", "error"), WRONG)
def test_what_does_not_fit_is_said_with_its_place(text: str, error: tuple[str, str, str]) -> None:
    assert told(text, fits(PERSON)) == [error]


def test_each_absent_property_is_an_error_of_its_own() -> None:
    messages = [message for *_, message in told("{}", fits(PERSON))]
    assert messages == ['"name" is missing.', '"mail" is missing.']


def test_of_alternatives_the_nearest_is_told() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "object", "required": ["k"]}]}
    ((_, _, message),) = told("{}", fits(schema))
    assert message.endswith('the nearest says at $: "k" is missing.')


FORMATS = {
    "date-time": ("2026-11-27T10:00:00Z", "yesterday"),
    "date": ("2026-11-27", "2026-13-01"),
    "uuid": ("019b2f6e-0000-7000-8000-000000000000", "1"),
    "uri": ("https://example.org/", "no uri"),
    "ipv4": ("127.0.0.1", "300.0.0.1"),
    "hostname": ("example.org", "-x-.org"),
    "regex": ("a+", "("),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_on(name: str) -> None:
    good, wrong = FORMATS[name]
    schema = {"type": "string", "format": name}
    assert found(f'"{good}"', fits(schema)) == []
    assert told(f'"{wrong}"', fits(schema)) == [("schema", "$", f"It is no {name}.")]


def test_no_message_repeats_what_the_answer_says() -> None:
    for error in found('{"name": 5551234, "mail": "SECRET", "tags": ["SECRET"]}', fits(PERSON)):
        assert "SECRET" not in str(error)
        assert "5551234" not in str(error)


# --- the others ---


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({"must_match": "^Total: [0-9]+$"}, []),
        ({"must_match": ["Total", "^Sum"]}, ["schema"]),
        ({"must_not_match": "(?i)total"}, ["policy"]),
        ({"must_not_match": "Sum", "must_match": "Total"}, []),
    ],
)
def test_regex(settings: dict[str, Any], kinds: list[str]) -> None:
    assert [e.kind for e in found("Total: 12", {"regex": settings})] == kinds


ORDER = '{"id": 0, "ok": false, "who": {"name": " ", "mail": ""}, "items": [{"p": 1}, {}], "n": []}'
PATHS = [
    ("id", []),
    ("ok", []),
    ("who.name", []),
    ("who.mail", [("$.who.mail", "It is empty.")]),
    ("who.phone", [("$.who.phone", "It is missing.")]),
    ("items.0.p", []),
    ("items.7", [("$.items[7]", "It is missing.")]),
    ("items.*.p", [("$.items[1].p", "It is missing.")]),
    ("n", [("$.n", "It is empty.")]),
    ("n.*.x", [("$.n", "It is empty.")]),
    ("id.x", [("$.id.x", "It is missing.")]),
]


@pytest.mark.parametrize(("path", "faults"), PATHS)
def test_required_fields_are_there_and_not_empty(path: str, faults: list[tuple[str, str]]) -> None:
    expected = [("completeness", *fault) for fault in faults]
    assert told(ORDER, {"required_fields": {"fields": [path]}}) == expected


def test_required_fields_of_no_json_is_a_schema_error() -> None:
    assert [e.kind for e in found("hello", {"required_fields": {"fields": ["a"]}})] == ["schema"]


P = frozenset({"p1", "p2"})


@pytest.mark.parametrize(
    ("text", "given", "strangers"),
    [
        ("So it is [p1], and [p2].", P, []),
        ("So it is [p1, p2] [p3][p3].", P, ["[p3]"]),
        ("So it is [p1; p9].", P, ["[p9]"]),
        ("So it is [p1].", None, ["[p1]"]),
        ("So it is [p1].", frozenset(), ["[p1]"]),
        ("An array p[1], [x1] and (p1).", None, []),
    ],
)
def test_citations_were_given(
    text: str, given: frozenset[str] | None, strangers: list[str]
) -> None:
    errors = found(text, "citations", citations=given)
    assert [e.kind for e in errors] == ["consistency"] * len(strangers)
    assert all(name in e.message for name, e in zip(strangers, errors, strict=True))


def test_a_citation_can_be_required_where_there_is_something_to_cite() -> None:
    required = {"citations": {"required": True}}
    assert [e.kind for e in found("Yes.", required, citations=P)] == ["completeness"]
    assert found("Yes.", required) == []


@pytest.mark.parametrize(("unit", "most"), [("characters", 10), ("words", 2), ("tokens", 3)])
def test_max_length(unit: str, most: int) -> None:
    assert found("0123 56789", {"max_length": {unit: most}}) == []
    (error,) = found("0123 56789 and more", {"max_length": {unit: most}})
    assert (error.kind, str(most) in error.message) == ("policy", True)


REFUSALS = [
    "I can't help with that.",
    "I\N{RIGHT SINGLE QUOTATION MARK}m sorry, but I can\N{RIGHT SINGLE QUOTATION MARK}t assist "
    "with that request.",
    "**Sorry, I cannot provide** instructions.",
    "As an AI language model, I am unable to help with this.",
    "I'm not able to create that content.",
    "Es tut mir leid, aber dabei kann ich nicht helfen.",
    "Dabei kann ich Ihnen leider nicht helfen.",
    "Je suis désolé, mais je ne peux pas vous aider.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "Desculpe, mas não posso ajudar com isso.",
    "Mi dispiace, ma non posso aiutarti.",
    "Sorry, daar kan ik niet mee helpen.",
    "Przykro mi, ale nie mogę pomóc.",
    "Извините, но я не могу помочь.",
    "抱歉，我无法协助满足该请求。",  # noqa: RUF001
    "申し訳ありませんが、そのご要望にはお応えできません。",
    "죄송하지만, 그 요청은 도와드릴 수 없습니다.",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_known_in_its_language(text: str) -> None:
    (error,) = found(text, "language_of_refusal")
    assert (error.kind, error.path) == ("policy", "$")


@pytest.mark.parametrize(
    "text",
    [
        "I can't wait to help you with that!",
        "Sorry for the delay. Here is the function.",
        "The clerk said: I can't help with that.",
        "I cannot overstate how useful this is.",
        "Es tut mir leid zu hören, dass du krank bist.",
        "Lo siento mucho por tu pérdida.",
        "申し訳ありませんが、少し長くなります。",
        "{}",
    ],
)
def test_an_answer_is_no_refusal(text: str) -> None:
    assert found(text, "language_of_refusal") == []


def test_a_refusing_finish_reason_is_a_refusal_whatever_is_said() -> None:
    errors = found("Sure", "language_of_refusal", finish_reason="content_filter")
    assert [e.kind for e in errors] == ["policy"]
