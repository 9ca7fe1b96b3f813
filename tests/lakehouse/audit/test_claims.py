"""Answers are read as tolerantly as can be, and what is no answer is told."""

import pytest

from lakehouse.audit.claims import Unreadable, read

ENTRY = (
    '{"file": "a.py", "start_line": 3, "end_line": 4, "quote": "x", "severity": "high", '
    '"claim": "c"}'
)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"findings": [{ENTRY}]}}',
        f"[{ENTRY}]",
        f'Here it is:\n```json\n{{"findings": [{ENTRY}]}}\n```\nDone.',
        f'<think>a {{ b</think> {{"findings": [{ENTRY}]}}',
    ],
)
def test_findings_are_found_in_whatever_is_round_them(text: str) -> None:
    (claim,) = read(text, "a.py").claims
    assert (claim.path, claim.start, claim.end, claim.severity) == ("a.py", 3, 4, "high")


def test_an_empty_list_is_an_answer() -> None:
    assert read('{"findings": []}', "a.py").claims == []


@pytest.mark.parametrize(
    "text", ["", "The code is fine.", '{"findings": "none"}', "[1, 2]", "[" * 9999]
)
def test_what_holds_no_findings_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text, "a.py")


def test_of_an_answer_that_broke_off_the_whole_entries_count() -> None:
    found = read(f'{{"findings": [{ENTRY}, {ENTRY}, {{"file": "a.p', "a.py")
    assert (len(found.claims), found.cut) == (2, True)


def test_other_words_and_shapes_are_understood() -> None:
    told = '[{"lines": "12-14", "code": ["a", "b"], "level": "Blocker", "message": "m"}]'
    (claim,) = read(told, "given.py").claims
    assert (claim.path, claim.start, claim.end) == ("given.py", 12, 14)
    assert (claim.quote, claim.severity, claim.claim) == ("a\nb", "critical", "m")


def test_an_entry_without_a_claim_is_a_fault_and_the_others_count() -> None:
    found = read(f'[{{"file": "a.py"}}, {ENTRY}]', "a.py")
    assert (len(found.claims), found.faults) == (1, 1)


def test_what_no_database_takes_is_replaced() -> None:
    (claim,) = read('[{"claim": "a\\u0000b\\ud800"}]', "a.py").claims
    assert claim.claim == "a\ufffdb?"
