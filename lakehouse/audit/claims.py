"""What a model claims, read from its answer as tolerantly as can be. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

SEVERITIES = ("critical", "high", "medium", "low", "info")
_MEANT = {
    "blocker": "critical",
    "severe": "critical",
    "error": "high",
    "major": "high",
    "warning": "medium",
    "moderate": "medium",
    "minor": "low",
    "trivial": "low",
    "note": "info",
    "informational": "info",
    "information": "info",
    "nit": "info",
}
MOST = 200  # findings of one answer
_LONGEST = {"path": 500, "quote": 4000, "claim": 4000, "suggestion": 4000}
_LARGEST_LINE = 10_000_000
_NUMBER = re.compile(r"\d+")
# Words that models write for ours.
_NAMES = {
    "path": ("file", "path", "filename", "file_path"),
    "start": ("start_line", "line", "lines", "line_start", "line_range", "start"),
    "end": ("end_line", "line_end", "end"),
    "quote": ("quote", "quoted_text", "code", "snippet"),
    "severity": ("severity", "level"),
    "claim": ("claim", "description", "message", "issue", "title"),
    "suggestion": ("suggestion", "fix", "recommendation"),
}


class Claim(msgspec.Struct, frozen=True):
    """As the model said it; `start` and `end` are 0 where it named no line."""

    path: str
    start: int
    end: int
    quote: str
    severity: str
    claim: str
    suggestion: str = ""


class Unreadable(Exception):
    """The answer holds no findings, and no list without any."""


class Read(msgspec.Struct, frozen=True):
    """`faults` counts entries that are no finding; `cut` says that the answer broke off."""

    claims: list[Claim]
    faults: int = 0
    cut: bool = False


def read(text: str, path: str) -> Read:
    """The findings of an answer about the file `path`. Raises Unreadable."""
    entries, cut = _entries(text)
    claims = [claim for entry in entries[:MOST] if (claim := _claim(entry, path))]
    return Read(claims, len(entries) - len(claims), cut)


def _entries(text: str) -> tuple[list[Any], bool]:
    for start in _openings(text):
        try:
            document, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        found = document if isinstance(document, list) else document.get("findings")
        if isinstance(found, list) and all(isinstance(entry, dict) for entry in found):
            return found, False
    salvaged = list(_salvaged(text))
    if not salvaged:
        raise Unreadable
    return salvaged, True


def _openings(text: str) -> Iterator[int]:
    """Where a document may begin: at the first braces and brackets."""
    found = (match.start() for match in re.finditer(r"[{\[]", text))
    for _, start in zip(range(20), found, strict=False):
        yield start


def _salvaged(text: str) -> Iterator[Any]:
    """The whole objects of a list that broke off."""
    decoder, listed = json.JSONDecoder(strict=False), re.search(r'"findings"\s*:\s*\[|\[', text)
    at = text.find("{", listed.end()) if listed else -1
    while at >= 0:
        try:
            entry, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield entry
        at = text.find("{", at)


def _claim(entry: Any, path: str) -> Claim | None:
    """None for what says nothing."""
    if not isinstance(entry, dict):
        return None
    said = {ours: _first(entry, names) for ours, names in _NAMES.items()}
    text = {name: plain(said[name])[:longest] for name, longest in _LONGEST.items()}
    if not text["claim"].strip():
        return None
    start, end = _lines(said["start"], said["end"])
    severity = plain(said["severity"]).strip().lower()
    severity = _MEANT.get(severity, severity)
    return Claim(
        path=text["path"].strip() or path,
        start=start,
        end=end,
        quote=text["quote"],
        severity=severity if severity in SEVERITIES else "medium",
        claim=text["claim"].strip(),
        suggestion=text["suggestion"].strip(),
    )


def _first(entry: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), "")


def _lines(start: Any, end: Any) -> tuple[int, int]:
    """Numbers, or texts and lists like "12-14"."""
    numbers = [int(each[:9]) for each in _NUMBER.findall(f"{start} {end}"[:100])]
    numbers = [min(number, _LARGEST_LINE) for number in numbers]
    if not numbers:
        return 0, 0
    first = numbers[0]
    return first, max(first, numbers[-1])


def plain(value: Any) -> str:
    """As text that the database takes; a list's entries are lines."""
    if isinstance(value, list):
        value = "\n".join(map(str, value))
    text = value if isinstance(value, str) else str(value)
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
