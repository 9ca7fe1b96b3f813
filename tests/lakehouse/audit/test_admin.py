"""Audits and findings in the admin: asked for, followed, filtered, judged."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lakehouse.audit import running
from lakehouse.audit.models import AuditRun, Finding
from providers.models import Provider
from tests.lakehouse.audit.scripted import Reviewer, audited, begun, finding, gathered
from tests.profiles.admin.people import page, said, signed_in

pytestmark = pytest.mark.django_db
DIFF = b"--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-x = 1\n+x = compute()\n+send(x)\n"
CODE = "def f(x):\n    return g(x)\n"
ADD = "/admin/audit/auditrun/add/"
RUNS, FINDINGS = "/admin/audit/auditrun/", "/admin/audit/finding/"


@pytest.fixture
def browser(reviewer: Reviewer) -> Client:
    reviewer.findings = {
        "a.py": [
            finding("return g(x)", 2, severity="critical"),
            finding("never_there(x, y)", 1, claim="It is invented."),
        ]
    }
    return signed_in("ana")


def sent(browser: Client, raw: bytes = DIFF, **typed: str) -> Any:
    form = {"provider": "corp", "sensitivity": "internal"} | typed
    return browser.post(ADD, form | {"upload": SimpleUploadedFile("my.diff", raw)})


def test_a_diff_is_uploaded_and_its_page_follows_it(browser: Client) -> None:
    answer = sent(browser)
    run = AuditRun.objects.get()
    assert answer["location"] == page(run)
    assert "It waits for a worker" in browser.get(page(run)).text
    running.run(run.pk)
    shown = browser.get(page(run, "progress")).text
    assert "1 of 1 files (100 %)" in shown
    assert "hx-get" not in shown
    assert browser.get(page(run, "report")).text.startswith("# Audit of my.diff")


@pytest.mark.parametrize(
    ("raw", "typed", "why"),
    [
        (b"hello", {}, "It holds no hunk of a unified diff."),
        (DIFF, {"provider": ""}, "This field is required."),
        (DIFF, {"sensitivity": "restricted"}, "corp may receive internal content at most"),
    ],
)
def test_what_cannot_be_audited_is_told_at_its_field(
    browser: Client, raw: bytes, typed: dict[str, str], why: str
) -> None:
    answer = sent(browser, raw, **typed)
    assert (answer.status_code, AuditRun.objects.count()) == (200, 0)
    assert why in answer.text


def test_the_list_plots_how_often_findings_were_right(browser: Client) -> None:
    assert "is plotted here once there are some" in browser.get(RUNS).text
    audited(gathered(a_py=CODE))
    shown = browser.get(RUNS).text
    assert "1 of 2 (50 %)" in shown
    assert "&quot;label&quot;: &quot;corp/m&quot;, &quot;data&quot;: [50.0]" in shown


def test_findings_are_filtered_by_what_people_ask(browser: Client) -> None:
    audited(gathered(a_py=CODE))
    for query, count in [
        ("grounding=grounded", 1),
        ("grounding=not_audited", 0),
        ("severity=critical&provider=corp&model=m&mark=-", 1),
        ("mark=actionable", 0),
    ]:
        found = browser.get(f"{FINDINGS}?{query}").context["cl"].result_count
        assert (query, found) == (query, count)


def test_many_are_judged_at_once_and_one_on_its_page(browser: Client) -> None:
    audited(gathered(a_py=CODE))
    ids = list(Finding.objects.order_by("pk").values_list("pk", flat=True))
    chosen = {"action": "mark_not_actionable", "_selected_action": ids}
    assert "2 findings are now not actionable." in said(browser.post(FINDINGS, chosen))
    browser.post(page(Finding.objects.get(pk=ids[0]), "mark"), {"mark": "actionable"})
    marks = Finding.objects.order_by("pk").values_list("mark", "marked_by")
    assert list(marks) == [("actionable", "ana"), ("not_actionable", "ana")]


def test_a_findings_page_shows_the_lines_or_the_nearest(browser: Client) -> None:
    audited(gathered(a_py=CODE))
    good, bad = Finding.objects.gravest_first()
    assert "What the file says there" in browser.get(page(good)).text
    assert "a.py does not say this." in browser.get(page(bad)).text


def test_who_may_only_look_gets_no_button(browser: Client) -> None:
    run = audited(gathered(a_py=CODE))
    one = Finding.objects.gravest_first()[0]
    viewer = signed_in("ben", "view_auditrun", "view_finding", "see_internal")
    assert "Not actionable" not in viewer.get(page(one)).text
    assert viewer.post(page(one, "mark"), {"mark": "actionable"}).status_code == 403
    assert viewer.post(page(run, "resume")).status_code == 403
    assert viewer.get(ADD).status_code == 403


def test_what_is_above_ones_clearance_does_not_exist(browser: Client) -> None:
    Provider.objects.update(clearance="restricted")
    run = audited(gathered(a_py=CODE), label="restricted")
    viewer = signed_in("ben", "view_auditrun", "view_finding", "change_finding", "see_internal")
    assert viewer.get(RUNS).context["cl"].result_count == 0
    assert viewer.get(FINDINGS).context["cl"].result_count == 0
    assert "corp/m" not in viewer.get(RUNS).text
    assert viewer.get(page(run, "progress")).status_code == 404


def test_an_audit_is_cancelled_from_its_page(browser: Client) -> None:
    run = begun(gathered(a_py=CODE))
    browser.post(page(run, "cancel"))
    run.refresh_from_db()
    assert (run.state, run.error) == ("cancelled", "ana cancelled it.")
    assert "it has ended, as cancelled" in said(browser.post(page(run, "cancel")))


def test_an_audit_and_its_findings_are_deleted(browser: Client) -> None:
    run = audited(gathered(a_py=CODE))
    browser.post(page(run, "delete"), {"post": "yes"})
    assert (AuditRun.objects.count(), Finding.objects.count()) == (0, 0)
