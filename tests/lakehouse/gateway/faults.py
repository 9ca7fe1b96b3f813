"""What a failed call looks like to its client and in the ledger, where it is exactly once."""

import json
from typing import Any

import httpx

from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway, body
from tests.upstreams.base import sse
from tests.upstreams.openai import chunk, document

HTML = b"<!doctype html><html><body>502 Bad Gateway</body></html>"
WHOLE = json.dumps(document()).encode()
TEXT = sse(chunk(role="assistant", content=""), chunk(content="Hel"), done=False)


def recorded(served: Gateway, answer: httpx.Response) -> tuple[dict[str, Any], dict[str, Any]]:
    """The call's one row and its one attempt's."""
    call_id = answer.headers["x-request-id"]
    served.call(call_id)
    (row,) = served.rows("SELECT * FROM gateway_call WHERE id = %s", call_id)
    (attempt,) = served.attempts(call_id)
    return row, attempt


def refused(
    served: Gateway, status: int, kind: str, model: str = MODEL, **fields: Any
) -> httpx.Response:
    """An answer with this status, recorded once as failed with this kind of error."""
    answer = served.chat(model, **fields)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["kind"] == kind
    row, attempt = recorded(served, answer)
    assert (row["outcome"], row["status"], row["error_kind"]) == ("failed", status, kind)
    assert (attempt["outcome"], attempt["error_kind"]) == ("failed", kind)
    assert row["attempts_made"] == 1
    return answer


def broken(served: Gateway, kind: str = "protocol", model: str = MODEL) -> str:
    """The text of a stream that began and failed: an error event, and no end."""
    with served.client() as client:
        answer = client.post("/v1/chat", json=body(model, stream=True))
    assert answer.status_code == 200
    assert "data: [DONE]" not in answer.text
    *_, last = [line for line in answer.text.split("\n") if line.startswith("data: ")]
    shown = json.loads(last[6:])["error"]
    assert (shown["kind"], shown["request_id"]) == (kind, answer.headers["x-request-id"])
    row, attempt = recorded(served, answer)
    assert (row["outcome"], row["error_kind"]) == ("incomplete", kind)
    assert (attempt["outcome"], attempt["error_kind"]) == ("incomplete", kind)
    return answer.text
