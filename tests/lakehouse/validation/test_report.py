"""Several validators together, and those that take too long."""

import asyncio
import threading

import pytest

from lakehouse.validation import report
from lakehouse.validation.errors import Invalid
from lakehouse.validation.registry import Validator, built
from lakehouse.validation.subject import Subject
from profiles.execution.validators import named


def test_errors_come_in_the_order_of_the_validators() -> None:
    held = built(named([{"max_length": {"words": 1}}, "json", {"regex": {"must_match": "x"}}]))
    found = asyncio.run(report.reported(held, Subject("two words")))
    assert [error.validator for error in found.errors] == ["max_length", "json", "regex"]
    assert found.names == ("max_length", "json", "regex")
    assert found.can_be_repaired


def test_a_validator_that_hangs_holds_an_answer_up_for_so_long_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report, "SECS", 0.05)
    over = threading.Event()

    def hangs(_: Subject) -> list[Invalid]:
        over.wait(5)
        return []

    async def run() -> report.Report:
        found = await report.reported((Validator("hangs", True, hangs),), Subject("x"))
        over.set()
        return found

    (error,) = asyncio.run(run()).errors
    assert (error.validator, error.final) == ("hangs", True)
    assert "took over 0.05 s" in error.message
