import base64
import json

import pytest

from providers import adapters
from providers.adapters.claude import Claude
from providers.errors import ErrorKind, ProviderError
from providers.messages import (
    EmbeddingRequest,
    Image,
    JsonSchema,
    ModelInfo,
    Segment,
    Text,
    Thinking,
)
from tests.providers.adapters.claude_requests import (
    ADAPTER,
    body,
    endpoint,
    messages,
    newer,
    notes,
    request,
    sent,
    user,
)
from tests.upstreams.claude import OLDER

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}}


def test_the_registry_gives_this_adapter() -> None:
    assert isinstance(adapters.get("claude"), Claude)


def test_the_key_is_bound_to_the_vendors_host_and_sent_as_x_api_key() -> None:
    assert ADAPTER.hosts == {"api.anthropic.com"}
    assert ADAPTER.defaults.auth == "ANTHROPIC_API_KEY"
    assert ADAPTER.auth_headers("s") == (("x-api-key", "s"),)


def test_the_plainest_request_has_four_fields() -> None:
    assert body(request()) == {
        "model": "claude-sonnet-4-5-20250929",
        "max_tokens": 8192,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}],
        "stream": True,
    }


def test_a_plain_request_drops_and_notes_nothing() -> None:
    outgoing = sent(request())
    assert (outgoing.method, outgoing.path) == ("POST", "/v1/messages")
    assert (outgoing.dropped, outgoing.notes) == ((), ())


def test_a_client_that_does_not_stream_still_gets_its_answer_from_a_stream() -> None:
    assert body(request(stream=False))["stream"] is True
    assert ADAPTER.always_stream


def test_the_version_header_is_the_older_one_by_default() -> None:
    assert sent(request()).headers == (("anthropic-version", "2023-06-01"),)


def test_version_and_betas_are_options() -> None:
    headers = dict(sent(request(), version="2026-10-21", betas="a-1, b-2").headers)
    assert headers == {"anthropic-version": "2026-10-21", "anthropic-beta": "a-1,b-2"}


def test_the_clients_limit_goes_before_the_option() -> None:
    assert body(request(limit=77), max_tokens=500)["max_tokens"] == 77
    assert body(request(), max_tokens=500)["max_tokens"] == 500


def test_the_user_becomes_the_metadata_user_id() -> None:
    assert body(request(user="u-7"))["metadata"] == {"user_id": "u-7"}


def test_leading_instructions_are_the_system_text_in_order() -> None:
    system = (Segment("Be brief."), Segment("Be kind.", role="developer"))
    assert [block["text"] for block in body(request(system=system))["system"]] == [
        "Be brief.",
        "Be kind.",
    ]


def test_a_blank_instruction_is_left_out() -> None:
    assert "system" not in body(request(system=(Segment(" \n"),)))


def test_a_cache_hint_becomes_cache_control() -> None:
    asked = request(user(Text("long", cache_hint=True)), system=(Segment("s", cache_hint=True),))
    made = body(asked)
    assert made["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert made["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}


def test_of_many_cache_hints_the_first_and_the_last_three_are_sent() -> None:
    parts = [Text(str(n), cache_hint=True) for n in range(6)]
    content = messages(request(user(*parts)))[0]["content"]
    assert [b["text"] for b in content if "cache_control" in b] == ["0", "3", "4", "5"]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_up_to_four_cache_hints_are_all_sent(count: int) -> None:
    parts = [Text(str(n), cache_hint=True) for n in range(count)]
    content = messages(request(user(*parts)))[0]["content"]
    assert all("cache_control" in b for b in content)


def test_json_object_is_an_instruction_after_the_system_text() -> None:
    system = body(request(system=(Segment("Be brief."),), output="json_object"))["system"]
    assert system[0]["text"] == "Be brief."
    assert "JSON object" in system[1]["text"]


def test_a_json_schema_becomes_the_output_format_and_its_limits_are_noted() -> None:
    asked = newer(output=JsonSchema("person", SCHEMA))
    made = body(asked)["output_config"]["format"]
    assert made["type"] == "json_schema"
    assert made["schema"]["additionalProperties"] is False
    assert made["schema"]["properties"]["age"] == {"type": "integer", "description": "(minimum 0)"}
    assert "minimum" in notes(asked)


def test_a_schema_without_limits_is_not_noted() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert notes(newer(output=JsonSchema("x", schema))) == ""


def test_a_model_without_structured_output_is_told_the_schema() -> None:
    asked = request(model="claude-sonnet-4-20250514", output=JsonSchema("person", SCHEMA))
    made = body(asked)
    assert "output_config" not in made
    assert '"minimum":0' in made["system"][-1]["text"]
    assert "not enforced" in notes(asked)


def test_effort_and_format_share_the_output_config() -> None:
    asked = newer(output=JsonSchema("x", SCHEMA), thinking=Thinking(effort="low"))
    assert set(body(asked)["output_config"]) == {"effort", "format"}


def test_the_tier_is_mapped_and_other_extras_are_dropped() -> None:
    asked = request(extras={"service_tier": "default", "verbosity": "low", "store": None})
    assert body(asked)["service_tier"] == "standard_only"
    assert sent(asked).dropped == ("verbosity",)


def test_a_tier_the_vendor_does_not_have_is_dropped() -> None:
    asked = request(extras={"service_tier": "flex"})
    assert "service_tier" not in body(asked)
    assert sent(asked).dropped == ("service_tier",)


def test_bytes_are_sent_as_base64() -> None:
    asked = request(user(Image(mime="image/png", data=b"\x89PNG")))
    source = messages(asked)[0]["content"][0]["source"]
    assert base64.b64decode(source["data"]) == b"\x89PNG"


def test_there_are_no_embeddings() -> None:
    with pytest.raises(ProviderError) as caught:
        ADAPTER.embed(endpoint(), EmbeddingRequest("m", ("a",)))
    assert caught.value.failure.kind is ErrorKind.UNSUPPORTED


def test_the_vendors_terms_do_not_gate_unattended_use() -> None:
    assert not ADAPTER.gated("https://api.anthropic.com")


def test_without_a_limit_the_models_own_maximum_is_sent_where_the_list_told_it() -> None:
    details = {OLDER: ModelInfo(OLDER, max_output=64000)}
    asked = request(user("hi"))
    outgoing = ADAPTER.chat(endpoint(details=details), asked)
    assert json.loads(outgoing.body)["max_tokens"] == 64000
