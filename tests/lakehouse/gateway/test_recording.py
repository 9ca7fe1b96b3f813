"""The ledger: each call once, with its tries, also when the process or the database dies."""

import signal
import threading
from pathlib import Path

from tests.lakehouse.gateway.test_drain import streaming
from tests.serving import Gateway, body
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, text_chunks

MODEL = "openai_compatible/gpt-test"


def test_a_call_is_recorded_with_its_tokens_times_and_try(
    served: Gateway, upstream: OpenAIServer
) -> None:
    row = served.call(served.chat(MODEL).headers["x-request-id"])
    assert (row["outcome"], row["status"]) == ("complete", 200)
    assert (row["input_tokens"], row["cached_tokens"], row["output_tokens"]) == (12, 4, 5)
    assert row["first_token_ms"] <= row["total_ms"]
    (attempt,) = served.attempts(row["id"])
    assert (attempt["provider"], attempt["outcome"]) == ("openai_compatible", "complete")


def test_a_call_is_in_the_ledger_within_200_ms(served: Gateway, upstream: OpenAIServer) -> None:
    call_id = served.chat(MODEL).headers["x-request-id"]
    served.call(call_id, within=0.2)


def test_the_cost_comes_from_the_price_list(served: Gateway, upstream: OpenAIServer) -> None:
    from lakehouse.gateway.prices import _price

    assert _price("gpt-4o-mini", "https://api.openai.com/v1", 1000, 0, 0, 100) == "0.0002100000"


def test_a_call_that_led_nowhere_is_in_the_ledger(served: Gateway) -> None:
    answer = served.chat("x", provider="nosuch")
    row = served.call(answer.headers["x-request-id"])
    assert (row["outcome"], row["status"]) == ("failed", 404)
    assert (row["error_kind"], row["attempts_made"]) == ("provider_not_found", 0)


def test_prompts_and_answers_are_not_stored(served: Gateway, upstream: OpenAIServer) -> None:
    row = served.call(served.chat(MODEL, "my secret plan").headers["x-request-id"])
    assert row["request_body"] is None
    assert row["answer_text"] is None
    assert "my secret plan" not in str(row)


def test_two_hundred_calls_at_once_make_two_hundred_rows(
    served: Gateway, upstream: OpenAIServer
) -> None:
    before = len(served.recorded_ids())
    sql = "SELECT count(*) AS n FROM gateway_call WHERE outcome = 'complete'"
    done = served.rows(sql)[0]["n"]
    with served.client() as client:

        def ask() -> None:
            for _ in range(20):
                client.post("/v1/chat", json=body("echo"))

        threads = [threading.Thread(target=ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    served.eventually(lambda: served.rows(sql)[0]["n"] == done + 200)
    assert served.rows("SELECT count(*) AS n FROM gateway_call")[0]["n"] == before + 200


def test_a_long_call_is_visible_while_it_runs(served: Gateway, upstream: OpenAIServer) -> None:
    (reader,) = streaming(
        served, upstream, 1, Answer.stream(sse(*text_chunks(*"abcdefgh")), pause=0.1)
    )
    running = "SELECT id FROM gateway_call WHERE outcome = 'running'"
    (row,) = served.eventually(lambda: served.rows(running))
    reader.join()
    assert served.call(row["id"])["outcome"] == "complete"


def test_kill_9_leaves_rows_that_the_reaper_closes(
    impatient: Gateway, upstream: OpenAIServer
) -> None:
    answer = Answer.stream(sse(*text_chunks("a")), stall_after=2)
    upstream.next(answer)
    threading.Thread(target=_ask_until_cut, args=[impatient], daemon=True).start()
    running = "SELECT id FROM gateway_call WHERE outcome = 'running'"
    (row,) = impatient.eventually(lambda: impatient.rows(running))
    impatient.signal(signal.SIGKILL)
    impatient.process.wait(5)
    impatient.rows("UPDATE gateway_instance SET seen_at = now() - interval '1 minute'")
    impatient.manage("reap_calls")
    ended = impatient.call(row["id"])
    assert (ended["outcome"], ended["error_kind"]) == ("incomplete", "process_died")


def _ask_until_cut(served: Gateway) -> None:
    import httpx

    try:
        served.chat(MODEL, stream=True)
    except httpx.TransportError:
        return


def test_calls_are_served_and_recorded_later_while_the_database_is_away(
    impatient: Gateway, upstream: OpenAIServer, tmp_path: Path
) -> None:
    assert impatient.chat("echo").status_code == 200
    name = impatient.dsn["dbname"]
    admin = Gateway(impatient.env, {**impatient.dsn, "dbname": "postgres"})
    admin.rows(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    admin.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
    try:
        ids = [impatient.chat("echo").headers["x-request-id"] for _ in range(5)]
    finally:
        admin.rows(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
    rows = [impatient.call(call_id, within=8) for call_id in ids]
    assert [row["outcome"] for row in rows] == ["complete"] * 5
