"""/api/v1/audits/ and /findings/: asking, following, judging, within what the asker may."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from lakehouse.audit import job, running
from lakehouse.audit.models import AuditRun, Finding
from lakehouse.gateway import live
from lakehouse.gateway.models import ApiKey
from providers.models import Provider
from tests.lakehouse.audit.scripted import Reviewer, audited, begun, finding, gathered
from tests.profiles.making import provider
from tests.profiles.rest import client_of

pytestmark = pytest.mark.django_db
DIFF = "--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-x = 1\n+x = compute()\n+send(x)\n"
CODE = "def f(x):\n    return g(x)\n"
READS = ("view_auditrun", "view_finding", "see_internal")


def asked(client: Any, query: str = "", **more: Any) -> Any:
    body = {"diff": DIFF, "provider": "corp"} | more
    return client.post(f"/api/v1/audits/{query}", body, content_type="application/json")


@pytest.fixture
def ana(reviewer: Reviewer) -> APIClient:
    """Who may do all with audits, up to internal."""
    acts = ("add_auditrun", "change_auditrun", "change_finding")
    return client_of(*READS, *acts)


def test_a_diff_is_taken_and_a_job_waits(ana: Any) -> None:
    answer = ana.post("/api/v1/audits/", {"diff": DIFF, "provider": "corp"}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert answer["location"] == answer.json()["url"]
    run = AuditRun.objects.get()
    assert (run.requested_by, run.requested_via, job.without([run])) == ("person", "rest", [])


def test_its_end_and_findings_are_told(ana: Any, reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": [finding("x = compute()", 1), finding("never_there(x)", 1)]}
    made = ana.post("/api/v1/audits/", {"diff": DIFF, "provider": "corp"}, format="json").json()
    running.run(AuditRun.objects.get().pk)
    told = ana.get(f"{made['url']}?wait=5").json()
    assert (told["state"], told["files"], told["findings"], told["grounded"]) == (
        *("succeeded", 1, 2),
        1,
    )
    assert (told["tokens"], told["uncovered"]) == ([12, 5], [])
    page = ana.get(f"{made['url']}findings/").json()
    assert [each["grounding"] for each in page["results"]] == ["grounded", "quote_not_found"]
    assert ana.get(f"{made['url']}report/").json()["markdown"].startswith("# Audit of a diff")


@pytest.mark.parametrize(
    ("sent", "field", "why"),
    [
        ({"diff": "hello"}, "diff", "It holds no hunk"),
        ({"provider": "nobody"}, "provider", 'No provider is named "nobody"'),
        ({"sensitivity": "confidential"}, "sensitivity", "You may label with public or internal."),
        ({"range": "A..B"}, "range", "There is no such field."),
        ({"profile": "x"}, "profile", "No activated execution profile"),
    ],
)
def test_what_cannot_be_audited_is_refused_by_field(
    ana: Any, sent: dict[str, str], field: str, why: str
) -> None:
    body = {"diff": DIFF, "provider": "corp"} | sent
    answer = ana.post("/api/v1/audits/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()[field][0].startswith(why)


def test_names_that_no_database_keeps_are_left_out(ana: Any) -> None:
    odd = 'diff --git "a/x\\000y" "b/x\\000y"\nBinary files differ\n'
    gone = '--- "a/g\\000"\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n'
    new = f'--- /dev/null\n+++ "b/n\\000"\n@@ -0,0 +1 @@\n+x\n{gone}{odd}{DIFF}'
    body = {"diff": new, "provider": "corp"}
    answer = ana.post("/api/v1/audits/", body, format="json")
    assert answer.status_code == 202
    assert len(answer.json()["uncovered"]) == 3


def test_a_key_that_may_manage_may_have_its_providers_audit(reviewer: Reviewer) -> None:
    provider("echo")
    _, token = ApiKey.objects.issue(
        "ci", "tests", may_manage=True, allowed_providers=["corp"], clearance="internal"
    )
    live.reload()
    key = Client(headers={"authorization": f"Bearer {token}"})
    assert asked(key).status_code == 202  # corp may not be called unattended: here it is named
    assert asked(key, provider="echo").status_code == 400
    assert AuditRun.objects.get().requested_by == "key ci"


def test_what_is_above_ones_clearance_does_not_exist(ana: Any, reviewer: Reviewer) -> None:
    Provider.objects.update(clearance="restricted")
    reviewer.findings = {"a.py": [finding("return g(x)", 2)]}
    run = audited(gathered(a_py=CODE), label="restricted")
    assert ana.get("/api/v1/audits/").json()["count"] == 0
    assert ana.get("/api/v1/findings/").json()["count"] == 0
    assert ana.get("/api/v1/audits/rates/").json() == []
    assert ana.get(f"/api/v1/audits/{run.pk}/").status_code == 404
    one = Finding.objects.get()
    marked = ana.post(f"/api/v1/findings/{one.pk}/mark/", {"mark": "actionable"}, format="json")
    assert marked.status_code == 404


def test_an_audit_is_cancelled_and_goes_on(ana: Any) -> None:
    run = begun(gathered(a_py=CODE))
    answers = [ana.post(f"/api/v1/audits/{run.pk}/{verb}/") for verb in ("cancel", "cancel")]
    assert [answer.status_code for answer in answers] == [200, 409]
    again = ana.post(f"/api/v1/audits/{run.pk}/resume/")
    assert (again.status_code, again.json()["state"]) == (202, "pending")


def test_findings_are_judged_and_the_rates_tell(ana: Any, reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": [finding("return g(x)", 2), finding("not_there_at_all()", 2)]}
    audited(gathered(a_py=CODE))
    one = Finding.objects.get(grounding="grounded")
    there = f"/api/v1/findings/{one.pk}/mark/"
    told = ana.post(there, {"mark": "actionable"}, format="json").json()
    assert (told["mark"], told["marked_by"]) == ("actionable", "person")
    (rate,) = ana.get("/api/v1/audits/rates/").json()
    assert (rate["grounding_rate"], rate["judged"], rate["actionable_rate"]) == (0.5, 1, 1.0)
    taken = ana.post(there, {"mark": ""}, format="json").json()
    assert (taken["mark"], taken["marked_at"]) == ("", None)


def test_who_may_only_look_cannot_ask_or_judge(reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": [finding("return g(x)", 2)]}
    run = audited(gathered(a_py=CODE))
    viewer = client_of(*READS)
    assert viewer.get(f"/api/v1/audits/{run.pk}/findings/").status_code == 200
    sent = {"diff": DIFF, "provider": "corp"}
    paths = ("audits/", f"audits/{run.pk}/cancel/", f"findings/{Finding.objects.get().pk}/mark/")
    codes = [viewer.post(f"/api/v1/{path}", sent, format="json").status_code for path in paths]
    assert codes == [403, 403, 403]


def test_findings_are_filtered(ana: Any, reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": [finding("return g(x)", 2), finding("not_there_at_all()", 2)]}
    audited(gathered(a_py=CODE))
    for query, count in [
        ("grounding=quote_not_found", 1),
        ("severity=low", 0),
        ("run__provider=corp&mark=", 400),
        ("kind=claim", 2),
    ]:
        answer = ana.get(f"/api/v1/findings/?{query}")
        assert (query, answer.json().get("count", answer.status_code)) == (query, count)
