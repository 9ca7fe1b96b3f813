"""A page of HTML as blocks: also a program of its own, with the page on its input.

Imports nothing of ours. Arguments: the most bytes of memory and seconds of computing.
"""

import json
import re
import resource
import sys
from html.parser import HTMLParser

_UNSEEN = {"script", "style", "template", "noscript", "svg", "title", "iframe", "object"}
_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input"),
    *("link", "meta", "source", "track", "wbr"),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    *("p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "body"),
    *("ul", "ol", "dl", "table", "blockquote", "pre", "form", "fieldset", "figure", "hr"),
    *("address", "details", "summary", "figcaption", "caption", *_HEADINGS),
}
_LINES = {"br": "", "tr": "", "li": "- ", "dt": "", "dd": "  ", "option": ""}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def read(text: str) -> list[tuple[str, int]]:
    """Each block's text and, of a heading, its level."""
    page = _Page()
    page.feed(text)
    page.close()
    page.flush()
    return page.found


class _Page(HTMLParser):
    """Gathers blocks as the markup is fed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, int]] = []
        self._pieces: list[str] = []
        self._level = 0  # of the heading it is in
        self._kept = 0  # how many <pre> it is in: their spaces stay
        self._unseen = ""  # the element that is not shown, and how many of its name are open
        self._depth = 0

    def flush(self) -> None:
        text = "".join(self._pieces).strip("\n")
        self._pieces = []
        if text.strip(" \n-|"):
            self.found.append((text if self._kept else text.strip(), self._level))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            self._depth += tag == self._unseen
            return
        if tag in _UNSEEN or (tag not in _VOID and _is_hidden(attrs)):
            self._unseen, self._depth = tag, 1
        elif tag in _BLOCKS:
            self.flush()
            self._level = _HEADINGS.get(tag, 0)
            self._kept += tag == "pre"
        elif tag in _LINES:
            self._line(_LINES[tag])
        elif tag in ("td", "th"):
            self._cell()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # <script/> opens a script in HTML; of others, the end would be missed.
        self.handle_starttag(tag, attrs)
        if tag not in _UNSEEN and tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            self._depth -= tag == self._unseen
            if not self._depth:
                self._unseen = ""
            return
        if tag in _BLOCKS:
            self.flush()
            self._level = 0
            self._kept -= tag == "pre" and self._kept > 0

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._kept:
            self._pieces.append(data)
            return
        text = _SPACES.sub(" ", data)
        if not self._pieces or self._pieces[-1][-1:] in (" ", "\n"):
            text = text.lstrip(" ")
        if text:
            self._pieces.append(text)

    def _line(self, mark: str) -> None:
        if self._pieces:
            self._pieces[-1] = self._pieces[-1].rstrip(" ")
            self._pieces.append("\n")
        if mark:
            self._pieces.append(mark)

    def _cell(self) -> None:
        if self._pieces and self._pieces[-1] != "\n":
            self._pieces.append(" | ")


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    """Text that nobody sees is not the page's: it is where instructions to models are put."""
    return any(
        name == "hidden" or (name == "style" and _HIDDEN.search(value or ""))
        for name, value in attrs
    )


if __name__ == "__main__":
    memory, seconds = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    json.dump(read(sys.stdin.buffer.read().decode()), sys.stdout)
