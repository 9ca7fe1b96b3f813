"""Changes in the database reach the running process within a second, however they are made."""

from tests.serving import Gateway
from tests.upstreams.openai import OpenAIServer


def test_a_revoked_key_is_dead_within_a_second(served: Gateway, upstream: OpenAIServer) -> None:
    token = served.live_key(label="doomed")
    with served.client(token) as client:
        served.rows("UPDATE gateway_apikey SET revoked_at = now() WHERE label = 'doomed'")
        served.eventually(lambda: client.get("/v1/models").status_code == 401, within=1)


def test_a_key_made_in_another_process_works_within_a_second(
    served: Gateway, upstream: OpenAIServer
) -> None:
    with served.client(served.key("fresh")) as client:
        served.eventually(lambda: client.get("/v1/models").status_code == 200, within=1)


def test_raw_sql_on_a_provider_is_live_within_a_second(
    served: Gateway, upstream: OpenAIServer
) -> None:
    sql = "UPDATE providers_provider SET enabled = %s WHERE name = 'echo'"
    served.rows(sql, False)
    try:
        served.eventually(lambda: served.chat("echo").status_code == 503, within=1)
    finally:
        served.rows(sql, True)
    served.eventually(lambda: served.chat("echo").status_code == 200, within=1)


def test_a_missed_notification_is_made_good_by_the_poll(
    served: Gateway, upstream: OpenAIServer
) -> None:
    token = served.live_key(label="silent")
    with served.client(token) as client:
        served.rows("ALTER TABLE gateway_apikey DISABLE TRIGGER live_changed")
        try:
            served.rows("UPDATE gateway_apikey SET revoked_at = now() WHERE label = 'silent'")
            served.rows("UPDATE lakehouse_generation SET n = n + 1")
        finally:
            served.rows("ALTER TABLE gateway_apikey ENABLE TRIGGER live_changed")
        served.eventually(lambda: client.get("/v1/models").status_code == 401, within=1.5)


def test_data_that_cannot_be_loaded_does_not_replace_a_good_value(
    served: Gateway, upstream: OpenAIServer
) -> None:
    with served.client() as client:
        before = client.get("/readyz").json()["generation"]
        served.rows("ALTER TABLE gateway_apikey RENAME COLUMN owner TO hidden")
        try:
            served.rows("UPDATE lakehouse_generation SET n = n + 1")
            assert served.chat("echo").status_code == 200
        finally:
            served.rows("ALTER TABLE gateway_apikey RENAME COLUMN hidden TO owner")
        served.eventually(lambda: client.get("/readyz").json()["generation"] > before, within=3)
