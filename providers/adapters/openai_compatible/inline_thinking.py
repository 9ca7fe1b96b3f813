"""Reasoning written into the text itself, as `<think>…</think>` at its very start."""

OPEN, CLOSE = "<think>", "</think>"


class InlineThinking:
    """Splits one choice's text into reasoning and text, over pieces of any size.

    White space before the opening tag and after the closing one is not content. A tag
    anywhere else is content: an answer may well be about tags.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._after = False
        self.settled = False  # the rest is plain text: no need to ask again

    def feed(self, piece: str) -> tuple[str, str]:
        """(reasoning, text) that can be told apart by now."""
        if self.settled:
            return "", piece
        self._held += piece
        reasoning = ""
        if not self._inside and not self._after:
            start = self._held.lstrip()
            if not start.startswith(OPEN):
                return ("", "") if OPEN.startswith(start) else ("", self.rest()[1])
            self._inside, self._held = True, start[len(OPEN) :]
        if self._inside:
            reasoning = self._until_close()
        return reasoning, self._text() if self._after else ""

    def rest(self) -> tuple[str, str]:
        """What was held back, once nothing more comes or nothing is left to tell apart."""
        held, self._held = self._held, ""
        self.settled = True
        return (held, "") if self._inside else ("", held)

    def _until_close(self) -> str:
        thought, closed, text = self._held.partition(CLOSE)
        if closed:
            self._inside, self._after, self._held = False, True, text
            return thought
        keep = _overlap(self._held)
        cut = len(self._held) - keep
        thought, self._held = self._held[:cut], self._held[cut:]
        return thought

    def _text(self) -> str:
        text = self._held.lstrip()
        self._held = ""
        self.settled = bool(text)
        return text


def _overlap(text: str) -> int:
    """How many of the last characters may be the beginning of the closing tag."""
    for size in range(min(len(CLOSE) - 1, len(text)), 0, -1):
        if CLOSE.startswith(text[-size:]):
            return size
    return 0
