"""A web process ends what a dead worker left, where no worker takes it over."""

from tests.lakehouse.gateway.governed import profile
from tests.serving import Gateway

LEFT = """
INSERT INTO profiles_activation (id, number, kind, profile, revision, state, requested_by,
    requested_via, started_at, runner, token, lease_until, steps, error, before_profile)
VALUES (gen_random_uuid(), nextval('profiles_activation_number'), 'execution', %s, 1, 'running',
    'ana', 'rest', now(), 'host:1', 1, now() - interval '20 s', '[]', '', '')
"""


def test_an_activation_whose_worker_died_fails_though_no_worker_runs(governed: Gateway) -> None:
    name = profile(governed, "left", provider_id="echo")
    governed.rows(LEFT, name)
    sql = "SELECT error, token FROM profiles_activation WHERE profile = %s AND state = 'failed'"
    (row,) = governed.eventually(lambda: governed.rows(sql, name), within=5)
    assert row["error"].startswith("host:1 stopped answering, and no other worker took over.")
    assert row["token"] == 2
