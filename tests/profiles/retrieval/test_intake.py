"""Taking documents in: what is new, changed or unchanged, and what is refused."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from profiles.models import Document
from profiles.retrieval import job
from profiles.retrieval.intake import MOST_BYTES, Taken, take

pytestmark = pytest.mark.django_db


def taken(raw: bytes = b"Blue whales sing.", **given: Any) -> Taken:
    return take(raw, **{"title": "Whales", "source": "sea/whales.txt"} | given)


def refused(raw: bytes = b"text", **given: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        taken(raw, **given)
    assert not Document.objects.filter(state="failed").exists()
    return caught.value.message_dict


def jobs() -> list[tuple[str, str]]:
    found = ProcrastinateJob.objects.filter(task_name=job.INGEST)
    return list(found.values_list("queueing_lock", "status"))


# --- what becomes of it -----------------------------------------------------


def test_a_new_document_is_pending_and_has_a_job() -> None:
    document, outcome = taken(label="public", dated=date(2024, 5, 1), owner="sea team")
    found = Document.objects.get()
    assert (outcome, found.pk, found.state) == ("new", document.pk, "pending")
    assert bytes(found.raw or b"") == b"Blue whales sing."
    assert (found.label, found.dated, found.owner) == ("public", date(2024, 5, 1), "sea team")
    assert jobs() == [(f"document {found.pk}", "todo")]


def test_row_and_job_are_one_transaction() -> None:
    with transaction.atomic():
        taken()
        transaction.set_rollback(True)
    assert (Document.objects.count(), jobs()) == (0, [])


def test_the_same_content_is_unchanged_and_has_one_job_still() -> None:
    first, again = taken(), taken()
    assert (again.outcome, again.document.pk) == ("unchanged", first.document.pk)
    assert len(jobs()) == 1


def test_what_is_given_anew_is_applied_and_what_is_not_stays() -> None:
    taken(label="public", owner="sea team")
    assert taken(label="restricted", title="Singing whales").outcome == "unchanged"
    found = Document.objects.get()
    assert (found.label, found.owner, found.title) == ("restricted", "sea team", "Singing whales")


def test_another_content_makes_it_pending_again() -> None:
    taken()
    Document.objects.update(state="ready", raw=None)
    again = taken(b"# Blue whales", media_type="text/markdown; charset=utf-8")
    found = Document.objects.get()
    assert (again.outcome, found.state, bytes(found.raw or b"")) == (
        "changed",
        "pending",
        b"# Blue whales",
    )
    assert found.media_type == "text/markdown"


def test_what_failed_is_tried_again() -> None:
    taken()
    Document.objects.update(state="failed", problem="It broke.")
    assert taken().outcome == "changed"
    found = Document.objects.get()
    assert (found.state, found.problem) == ("pending", "")


def test_without_a_source_each_is_a_new_one() -> None:
    assert [taken(source="").outcome for _ in range(2)] == ["new", "new"]


def test_a_job_that_waits_for_its_next_try_waits_no_longer() -> None:
    taken()
    job.recount(in_secs=60)
    job.recount(in_secs=0)
    assert ProcrastinateJob.objects.get(task_name=job.RECOUNT).scheduled_at is None


# --- its type ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "given", "found"),
    [
        (b"x", {"source": "a.MD"}, "text/markdown"),
        (b"x", {"source": "", "title": "a.html"}, "text/html"),
        (b"x", {"source": "a.md", "media_type": "text/plain"}, "text/plain"),
        (b"{}", {"source": "a.json", "media_type": "application/octet-stream"}, "application/json"),
        (b"%PDF-1.7", {"source": "a"}, "application/pdf"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", {"source": "a"}, "text/html"),
        (b' [{"a": 1}] ', {"source": "a"}, "application/json"),
        (b"[not json]", {"source": "a"}, "text/plain"),
        ("ä".encode("utf-16"), {"source": "a.txt"}, "text/plain"),
    ],
)
def test_the_type_is_as_said_or_as_its_name_ends_or_as_it_looks(
    raw: bytes, given: dict[str, Any], found: str
) -> None:
    assert taken(raw, **given).document.media_type == found


# --- what is refused --------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "given", "field", "message"),
    [
        (b" \n", {}, "raw", "It is empty."),
        (b"a" * (MOST_BYTES + 1), {}, "raw", "8,388,608 are the most"),
        (b"a\0b", {}, "raw", "NUL"),
        (b"\xff\xfe\xfa", {}, "raw", "no text in UTF-16-LE"),
        (b"a\xffb", {}, "raw", "no text in UTF-8"),
        (b"text", {"media_type": "application/pdf"}, "raw", "no PDF"),
        (b"{", {"media_type": "application/json"}, "raw", "not valid JSON"),
        (b"[" * 100_000 + b"]" * 100_000, {"source": "a.json"}, "raw", "levels deep"),
        (b"[" * 66 + b"]" * 66, {"source": "a.json"}, "raw", "levels deep"),
        (b"GIF89a", {"media_type": "image/gif"}, "media_type", "application/pdf"),
        (b"text", {"title": " "}, "title", "blank"),
        (b"text", {"title": "a\0"}, "title", "NUL"),
        (b"text", {"title": "a" * 301}, "title", "300"),
        (b"text", {"source": "a\nb"}, "source", "one line"),
        (b"text", {"label": "secret"}, "label", "not a valid choice"),
    ],
)
def test_bad_input_is_refused_by_field(
    raw: bytes, given: dict[str, Any], field: str, message: str
) -> None:
    assert message in " ".join(refused(raw, **given)[field])
    assert not Document.objects.exists()


def test_nobody_labels_above_what_they_may_see() -> None:
    told = "You may label with public or internal."
    assert refused(label="restricted", limit=1) == {"label": [told]}
    without = refused(limit=1)["label"][0]
    assert without == f"Without a label it counts as restricted. {told}"
    assert taken(label="internal", limit=1).outcome == "new"


def test_a_source_that_the_caller_may_not_see_is_neither_replaced_nor_shown() -> None:
    taken(label="restricted", title="Secret whales")
    assert taken(b"mine", label="public", limit=1).outcome == "new"
    hidden = Document.objects.get(title="Secret whales")
    assert bytes(hidden.raw or b"") == b"Blue whales sing."
