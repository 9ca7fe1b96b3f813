"""What nobody foresaw: a 500 that names the request and tells nothing else, recorded once."""

import pytest

from tests.serving import Gateway

# An echo told to fail with a kind that there is not: the one bug that can be configured.


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_bug_is_a_500_that_tells_nothing_of_itself(served: Gateway, stream: bool) -> None:
    answer = served.chat("buggy", stream=stream)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (500, "internal_error")
    assert error["request_id"] == answer.headers["x-request-id"]
    assert "ValueError" not in answer.text
    assert "nonsense" not in answer.text


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_bug_is_recorded_as_a_failed_call(served: Gateway, stream: bool) -> None:
    call_id = served.chat("buggy", stream=stream).headers["x-request-id"]
    row = served.call(call_id)
    assert (row["outcome"], row["status"], row["error_kind"]) == ("failed", 500, "internal")
    assert [attempt["outcome"] for attempt in served.attempts(call_id)] == ["failed"]


def test_the_next_call_is_served(served: Gateway) -> None:
    served.chat("buggy")
    assert served.chat("echo").status_code == 200
