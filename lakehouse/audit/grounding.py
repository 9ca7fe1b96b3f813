"""Whether a claim stands on the code it cites: four words, decided from the files alone. Pure.

- `file not found`: no audited file has that path, nor is there one that its end names.
- `line past the end`: the claim begins behind the last line that is known.
- `quote not found`: the quoted text is not there, or is too little to know a place by.
- `grounded`: the quoted text is there. Where it is at other lines than claimed, the lines
  are corrected and the note says so: the quote proves the place, the number does not.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum

import msgspec

from lakehouse.audit.claims import Claim
from lakehouse.audit.quoting import Place, Stream, fragments, unsigned
from lakehouse.audit.source import Source
from providers.suggest import shown

# Non-blank characters that a quote needs to be looked for elsewhere than where it is claimed.
PROVES = 8
_LONGEST_LINE = 400
_LIKE = 0.6
_ROUND = 1_500  # lines before and after


class Grounding(StrEnum):
    GROUNDED = "grounded"
    FILE = "file_not_found"
    LINE = "line_past_the_end"
    QUOTE = "quote_not_found"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Grounded(msgspec.Struct, frozen=True):
    """A claim with its verdict. `path`, `start` and `end` are corrected where they could be.

    `nearest_line` and `nearest` are the line most like the quote, 0 and "" for none.
    """

    claim: Claim
    verdict: Grounding
    path: str
    start: int
    end: int
    note: str = ""
    nearest_line: int = 0
    nearest: str = ""


class Ground:
    """The audited files, and the verdicts on what is claimed of them."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._streams: dict[str, Stream] = {}

    def judge(self, claim: Claim) -> Grounded:
        source = self._source(claim.path)
        if source is None:
            return Grounded(
                claim, Grounding.FILE, claim.path, claim.start, claim.end, self._no_file(claim.path)
            )
        start, end = claim.start, max(claim.start, claim.end)
        stream = self._streams.setdefault(source.path, Stream(source))
        places = stream.places(claim.quote)
        if not places and not source.whole:
            places = stream.places(unsigned(claim.quote))
        if not _proves(claim.quote):
            places = [place for place in places if place.meets(start, end)]
        nearest = min(places, key=lambda place: (place.distance(start, end), place), default=None)
        if start > source.last:
            return self._past(claim, source, nearest)
        if nearest is None:
            return self._not_quoted(claim, source, start, end)
        return Grounded(
            claim,
            Grounding.GROUNDED,
            source.path,
            nearest.start,
            nearest.end,
            _moved(claim, source, nearest, len(places)),
        )

    def excerpt(self, grounded: Grounded, most: int) -> str:
        """The lines that a verdict is about, at most so many, as the file has them."""
        lines = self._sources[grounded.path].at(grounded.start, grounded.end)
        return "\n".join([*lines[:most], *(["…"] if len(lines) > most else [])])

    def _source(self, path: str) -> Source | None:
        """By its path, or by an end of it that only one file has."""
        plain = normal(path)
        if (found := self._sources.get(plain)) is not None or not plain:
            return found
        for ends in (
            [s for p, s in self._sources.items() if p.endswith(f"/{plain}")],
            [s for p, s in self._sources.items() if plain.endswith(f"/{p}")],
        ):
            if len(ends) == 1:
                return ends[0]
        return None

    def _no_file(self, path: str) -> str:
        near = get_close_matches(normal(path), list(self._sources), n=1, cutoff=_LIKE)
        told = f'No audited file is called "{shown(path)}".'
        return f"{told} The nearest name is {near[0]}." if near else told

    def _past(self, claim: Claim, source: Source, place: Place | None) -> Grounded:
        last = "The last line" if source.whole else "The last line that the diff shows"
        note = f"{last} of {source.path} is {source.last}."
        if place is not None:
            return Grounded(
                claim,
                Grounding.LINE,
                source.path,
                claim.start,
                claim.end,
                f"{note} The quoted text is at line {place.start}.",
                place.start,
                _cut(source.at(place.start, place.start)),
            )
        line, text = _nearest(source, claim.quote, claim.start)
        return Grounded(
            claim, Grounding.LINE, source.path, claim.start, claim.end, note, line, text
        )

    def _not_quoted(self, claim: Claim, source: Source, start: int, end: int) -> Grounded:
        line, text = _nearest(source, claim.quote, claim.start)
        verdict = Grounding.QUOTE
        if not claim.quote.strip():
            note = "It quotes nothing, so nothing shows what it is about."
        elif end > source.last:
            verdict = Grounding.LINE
            note = f"The last line of {source.path} is {source.last}, and the quote is not there."
        elif not _proves(claim.quote):
            note = (
                "The quote is not at the claimed lines, and too short to be looked for elsewhere."
            )
        else:
            note = f"{source.path} does not say this."
        return Grounded(claim, verdict, source.path, start, end, note, line, text)


def normal(path: str) -> str:
    """A path as a model may write it, as git does: no ./, a/, b/ before, no line after it."""
    plain = path.strip().strip("`'\"").replace("\\", "/").removeprefix("./").lstrip("/")
    head, colon, tail = plain.rpartition(":")
    if colon and tail.replace("-", "").isdigit():
        plain = head
    return plain.removeprefix("a/").removeprefix("b/") if plain[:2] in ("a/", "b/") else plain


def _proves(quote: str) -> bool:
    return sum(map(len, fragments(quote))) >= PROVES


def _moved(claim: Claim, source: Source, place: Place, places: int) -> str:
    notes = []
    if normal(claim.path) != source.path:
        notes.append(f'The file was claimed as "{shown(claim.path)}".')
    if claim.start < 1:
        notes.append("It named no line; the quote tells it.")
    elif not place.meets(claim.start, max(claim.start, claim.end)):
        notes.append(f"Claimed at line {claim.start}; the quoted text is at line {place.start}.")
        if places > 1:
            notes.append(f"It is there {places} times: this is the nearest.")
    return " ".join(notes)


def _nearest(source: Source, quote: str, at: int) -> tuple[int, str]:
    """The line most like the quote's longest one; of a long file, among those round `at`."""
    wanted = max((line.strip() for line in quote.splitlines()), key=len, default="")
    wanted = wanted[:_LONGEST_LINE]
    if not wanted:
        return 0, ""
    lines: dict[str, int] = {}
    at = min(at, source.last)
    for number, line in source.numbered():
        if abs(number - at) > _ROUND:
            continue
        lines.setdefault(line.strip()[:_LONGEST_LINE], number)
    found = get_close_matches(wanted, [line for line in lines if line], n=1, cutoff=_LIKE)
    return (lines[found[0]], found[0]) if found else (0, "")


def _cut(lines: list[str]) -> str:
    return lines[0].strip()[:_LONGEST_LINE] if lines else ""
