"""An audit from its beginning to its end: what is asked, kept, asked again, and what is not."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from lakehouse.audit import asking, ending, job, keeping, running
from lakehouse.audit.models import AuditFile, AuditRun, Finding
from lakehouse.audit.rates import rates
from profiles.retrieval.claiming import alone, number_of
from providers.models import Provider
from tests.lakehouse.audit.scripted import Reviewer, audited, begun, finding, gathered, shown_of
from tests.profiles.making import activated, execution, ladder, provider
from tests.upstreams import openai
from tests.upstreams.base import Answer

pytestmark = pytest.mark.django_db
CODE = "def f(x):\n    return g(x)\n"


def refusal(status: int, text: str, **headers: str) -> Answer:
    return Answer.of(openai.error(text), status=status, headers=headers)


def states(run: AuditRun) -> list[str]:
    return list(run.files.order_by("position").values_list("state", flat=True))


def test_findings_are_stored_with_their_verdicts_tokens_and_lines(reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": [finding("return g(x)", 2), finding("return h(x, y)", 2)]}
    run = audited(gathered(a_py=CODE))
    good, bad = run.findings.gravest_first()
    assert (good.grounding, good.excerpt) == ("grounded", "    return g(x)")
    assert (bad.grounding, bad.nearest) == ("quote_not_found", "return g(x)")
    (file,) = run.files.all()
    assert (run.state, file.asks, file.input_tokens, file.output_tokens) == ("succeeded", 1, 12, 5)


def test_the_ask_is_structured_numbered_and_says_its_place(reviewer: Reviewer) -> None:
    audited(gathered(a_py=CODE))
    (asked,) = reviewer.ledger
    assert shown_of(asked) == ("a.py", "File: a.py\n\n    1| def f(x):\n    2|     return g(x)")
    assert asked.json["response_format"]["json_schema"]["strict"] is True


def test_an_error_on_one_file_is_a_finding_and_the_audit_goes_on(reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": refusal(400, "bad words"), "b.py": [finding("return g(x)", 2)]}
    run = audited(gathered(a_py=CODE, b_py=CODE))
    assert (run.state, states(run)) == ("succeeded", ["failed", "done"])
    lost = run.findings.get(kind=Finding.Kind.NOT_AUDITED)
    assert (lost.place, lost.grounding) == ("a.py:1-2", "")
    assert lost.claim.startswith("bad_request: ")


@pytest.mark.parametrize("said", ["All is well.", ""])
def test_an_answer_without_a_list_is_not_audited(reviewer: Reviewer, said: str) -> None:
    reviewer.findings = {"a.py": said}
    run = audited(gathered(a_py=CODE))
    assert run.findings.get().claim.startswith("unreadable_answer: ")
    assert (run.state, run.error[:20]) == ("failed", "No file was audited;")


def test_what_was_turned_away_is_asked_again(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WAITS", (0.0, 0.0))
    reviewer.next(refusal(429, "slow down"), refusal(503, "busy"))
    run = audited(gathered(a_py=CODE))
    assert (states(run), len(reviewer.ledger)) == (["done"], 3)
    assert run.files.get().asks == 3


def test_what_may_have_been_taken_is_not_asked_again(reviewer: Reviewer) -> None:
    """A cut answer was paid for: to ask again would pay twice."""
    reviewer.next(Answer.of(openai.document("{}"), cut=20))
    run = audited(gathered(a_py=CODE))
    assert (states(run), len(reviewer.ledger)) == (["failed"], 1)


def test_a_piece_that_is_too_long_is_halved(reviewer: Reviewer) -> None:
    reviewer.next(refusal(400, "This model's maximum context length is 10 tokens"))
    reviewer.findings = lambda path, shown: [finding("value_41 = 1", 41)] if "41|" in shown else []
    run = audited(gathered(a_py="".join(f"value_{n} = 1\n" for n in range(1, 61))))
    assert (states(run), run.findings.get().place) == (["done"], "a.py:41")
    assert len(reviewer.ledger) == 3


def test_duplicates_from_overlapping_pieces_become_one(reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": [finding("return g(x)", 2), finding("return g(x)", 2)]}
    assert audited(gathered(a_py=CODE)).findings.get().times == 2


def test_the_same_content_is_not_asked_about_again(reviewer: Reviewer) -> None:
    reviewer.findings = {"a.py": [finding("return g(x)", 2)]}
    audited(gathered(a_py=CODE))
    said: list[str] = []
    again = begun(gathered(a_py=CODE, b_py=CODE))
    running.run(again.pk, told=lambda file: said.append(f"{file.path} {file.state}"))
    assert (said, reviewer.asked_paths) == (["a.py cached", "b.py done"], ["a.py", "b.py"])
    assert again.findings.get(path="a.py").grounding == "grounded"
    assert [rate.claims for rate in rates(3)] == [1]


def test_another_model_is_asked_for_itself(reviewer: Reviewer) -> None:
    audited(gathered(a_py=CODE))
    audited(gathered(a_py=CODE), model="other")
    assert [asked.json["model"] for asked in reviewer.ledger] == ["m", "other"]


def test_after_a_kill_finished_files_are_not_asked_again(reviewer: Reviewer) -> None:
    run = begun(gathered(a_py=CODE, b_py=CODE))

    class Killed(BaseException):
        pass

    def die(file: AuditFile) -> None:
        raise Killed

    with pytest.raises(Killed):
        running.run(run.pk, told=die)
    run.refresh_from_db()
    assert (run.state, states(run)) == ("running", ["done", "waiting"])
    running.run(run.pk)
    assert reviewer.asked_paths == ["a.py", "b.py"]
    assert states(run) == ["done", "done"]


def test_workers_go_on_with_what_nobody_works_at(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "IDLE_SECS", -1)
    run = begun(gathered(a_py=CODE))
    assert keeping.look_after() == 1
    assert job.without([run]) == []
    assert keeping.look_after() == 0


def test_what_kills_its_runners_is_given_up(reviewer: Reviewer) -> None:
    run = begun(gathered(a_py=CODE))
    AuditRun.objects.filter(pk=run.pk).update(state="running", runners=3)
    ended = running.run(run.pk)
    assert ended is not None
    assert (ended.state, reviewer.ledger) == ("failed", [])
    assert "3 runners stopped" in ended.error


def test_when_the_provider_itself_fails_the_rest_waits(reviewer: Reviewer) -> None:
    reviewer.findings = lambda *_: reviewer.refuse_key()
    run = audited(gathered(a_py=CODE, b_py=CODE, c_py=CODE, d_py=CODE))
    assert (run.state, len(reviewer.ledger)) == ("failed", 3)
    assert states(run) == ["failed"] * 3 + ["waiting"]
    reviewer.findings = {}
    ending.resume(run, who="ana", queue=False)
    running.run(run.pk)
    assert states(run) == ["done"] * 4
    assert not run.findings.exists()


def test_a_cancelled_audit_asks_no_more(reviewer: Reviewer) -> None:
    run = begun(gathered(a_py=CODE, b_py=CODE))

    def cancel(_: AuditFile) -> None:
        ending.cancel(run, who="ben")

    running.run(run.pk, told=cancel)
    run.refresh_from_db()
    assert (run.state, run.error) == ("cancelled", "ben cancelled it.")
    assert states(run) == ["done", "waiting"]
    with pytest.raises(ending.NotPossible):
        ending.cancel(run, who="ben")


def test_an_audit_that_is_done_cannot_go_on(reviewer: Reviewer) -> None:
    with pytest.raises(ending.NotPossible, match="nothing left to ask"):
        ending.resume(audited(gathered(a_py=CODE)), who="ana")


def test_a_provider_lowered_meanwhile_gets_nothing(reviewer: Reviewer) -> None:
    run = begun(gathered(a_py=CODE))
    Provider.objects.filter(name="corp").update(clearance="public")
    ended = running.run(run.pk)
    assert ended is not None
    assert (ended.state, reviewer.ledger) == ("failed", [])
    assert "public content at most" in ended.error


def test_a_profile_shapes_the_ask_and_its_ladder_is_not_climbed(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WAITS", (0.0, 0.0))
    provider("spare")
    ladder("up", "spare")
    activated(execution("strict", ladder="up", temperature=0.2, system_prompt="Be strict."))
    reviewer.next(refusal(500, "down"), refusal(500, "down"))
    run = audited(gathered(a_py=CODE), profile="strict")
    assert (states(run), run.profile) == (["failed"], "strict@1")
    assert "ladder up is not climbed" in run.note
    assert reviewer.last.json["temperature"] == 0.2
    assert reviewer.last.json["messages"][0]["content"].startswith("Be strict.")


def test_only_a_person_asks_for_an_audit(reviewer: Reviewer) -> None:
    run = begun(gathered(a_py=CODE))
    rows = AuditRun.objects.filter(pk=run.pk)
    for asker in ({"requested_by": ""}, {"requested_via": "cron"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**asker)


def test_texts_are_not_kept_for_ever(reviewer: Reviewer) -> None:
    run = audited(gathered(a_py=CODE))
    assert keeping.forget_texts() == 0
    AuditRun.objects.update(finished_at="2020-01-01T00:00Z")
    assert keeping.forget_texts() == 1
    assert run.files.get().text is None


def test_an_audit_that_went_is_nothing(db: None) -> None:
    assert running.run(uuid4()) is None


def test_two_runners_are_not_at_one_audit(reviewer: Reviewer, settings: Settings) -> None:
    from django.db import connections

    run = begun(gathered(a_py=CODE))
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s::bigint)", [number_of(run.pk)])
        with alone(number_of(run.pk)) as mine:
            assert not mine
        found = running.run(run.pk)
    finally:
        other.close()
    assert found is not None
    assert (found.state, reviewer.ledger) == ("pending", [])
