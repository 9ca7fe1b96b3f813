"""Taking matches out of a text that comes in pieces, holding back only what may still be one."""

from time import thread_time

from lakehouse.truth.pattern import AT_ONCE, BLOCK, Wanted, in_time
from lakehouse.truth.pattern_parsing import FURTHEST_BACK


class Scrubber:
    """Of one text. However it is cut up, what comes out is what `scrubbed` makes of the whole."""

    def __init__(self, wanted: Wanted, put: str) -> None:
        self.hits = 0
        self._wanted = wanted
        self._put = put
        self._text = ""  # what is not decided, after a little of what is, to look back at
        self._at = 0

    def feed(self, piece: str) -> str:
        """As much as can be let go. Raises Undecided when a long piece takes too long."""
        if len(piece) <= AT_ONCE:
            self._text += piece
            return self._let_go(last=False)
        began = thread_time()
        out = []
        for at in range(0, len(piece), BLOCK):
            out.append(self.feed(piece[at : at + BLOCK]))
            in_time(began)
        return "".join(out)

    def finish(self) -> str:
        """What is left, once nothing more comes."""
        return self._let_go(last=True)

    def _let_go(self, *, last: bool) -> str:
        out: list[str] = []
        deciding = self._wanted.decided(self._text, self._at, last=last)
        while True:
            try:
                match = next(deciding)
            except StopIteration as ended:
                out.append(self._text[self._at : ended.value])
                self._at = ended.value
                break
            self.hits += 1
            out += (self._text[self._at : match.first], self._put)
            out.append(self._text[match.last : match.end])
            self._at = match.end
        drop = max(0, self._at - FURTHEST_BACK)
        self._text, self._at = self._text[drop:], self._at - drop
        return "".join(out)


def scrubbed(wanted: Wanted, text: str, put: str) -> str:
    """The text with `put` in place of every match. Raises Undecided."""
    out: list[str] = []
    at = 0
    for match in wanted.matches(text):
        out += (text[at : match.first], put, text[match.last : match.end])
        at = match.end
    return text if not out else "".join([*out, text[at:]])
