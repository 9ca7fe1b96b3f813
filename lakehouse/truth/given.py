"""What a table of a rule file gives, taken out of it step by step; what is wrong is collected."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from providers.suggest import shown, suggestion

LONGEST_TEXT = 2_000


class Wrong(NamedTuple):
    """`key` is that of the rule's own table, for the line."""

    key: str
    message: str


class Given:
    """`within` is how messages call the table, "" for the rule itself."""

    def __init__(
        self, table: Mapping[str, Any], within: str, wrong: list[Wrong], key: str = ""
    ) -> None:
        self._table = table
        self._within = within
        self._key = key
        self._wrong = wrong

    def __contains__(self, key: str) -> bool:
        return key in self._table

    @property
    def name(self) -> str:
        """The last word of how the table is called."""
        return self._within

    def wrong(self, key: str, message: str) -> None:
        """`message` goes on after the key's name."""
        self._add(key, f"{self._called(key)}: {message}")

    def says(self, message: str) -> None:
        """Of the table as a whole."""
        self._add("", f"{self._within}: {message}")

    def only(self, known: Sequence[str], others: dict[str, str] | None = None) -> None:
        for key in self._table:
            if key not in known:
                near = suggestion(shown(key), known, others) if known else "It takes none."
                within = f"{self._within}: u" if self._within else "U"
                self._add(key, f'{within}nknown key "{shown(key)}". {near}')

    def must_have(self, key: str, how: str) -> None:
        if key not in self._table:
            self._add("", f"{self._called(key)} is missing. {how}")

    def value(self, key: str) -> Any:
        return self._table.get(key)

    def text(self, key: str) -> str:
        """ "" where it is not there, or wrong."""
        return self._text(key, self._table[key]) if key in self._table else ""

    def flag(self, key: str) -> bool:
        given = self._table.get(key, False)
        if not isinstance(given, bool):
            self.wrong(key, "it is true or false, without quotes.")
        return given is True

    def texts(self, key: str) -> tuple[str, ...]:
        """Of a list that has some; () where it is not there, or wrong."""
        if key not in self._table:
            return ()
        given = self._table[key]
        if not isinstance(given, list):
            self.wrong(key, f'it is a list of texts, like {key} = ["…", "…"].')
            return ()
        if not given:
            self.wrong(key, "the list is empty. Put something in it.")
        read = tuple(self._text(key, entry) for entry in given)
        if len(set(read)) < len(read) and all(read):
            twice = next(entry for entry in read if read.count(entry) > 1)
            self.wrong(key, f'"{shown(twice)}" is in it twice. Keep one.')
        return tuple(entry for entry in read if entry)

    def literal(self, key: str, given: Any) -> bool:
        """Whether it is a value that a call can hold."""
        if isinstance(given, float) and not math.isfinite(given):
            self.wrong(key, "no call holds such a number. Write a finite one.")
        elif isinstance(given, str | list | dict) and not given:
            self.wrong(key, "it is empty. To find what is empty, use FieldEmpty.")
        elif isinstance(given, str | int | float | list | dict):
            return True
        else:
            self.wrong(key, "no call holds a date or time. Write a text in quotes.")
        return False

    def chosen(self, key: str, known: Sequence[str]) -> "Given | None":
        """The table of the one known name that is chosen, as a word alone or as { Word = … }.

        None where it is not there, or wrong.
        """
        if key not in self._table:
            return None
        given = self._table[key]
        if isinstance(given, str):
            given = {given: {}}
        if not isinstance(given, dict):
            self.wrong(key, f"it is one of {', '.join(known)}, in a table of its own.")
            return None
        if len(given) != 1:
            count = f"it names {len(given)}" if given else "it is empty"
            self.wrong(key, f"{count}. Write one of {', '.join(known)}.")
            return None
        ((name, inner),) = given.items()
        if name not in known:
            same = {word.lower(): word for word in known}
            near = suggestion(shown(name).lower(), list(same))
            for low, word in same.items():
                near = near.replace(f'"{low}"', f'"{word}"')
            near = near if near.startswith("Did") else f"There are: {', '.join(known)}."
            self.wrong(key, f'there is no {key} "{shown(name)}". {near}')
            return None
        if not isinstance(inner, dict):
            self.wrong(key, f"{name} is a table: write {{ {name} = {{ … }} }}.")
            return None
        return Given(inner, name, self._wrong, key)

    def _text(self, key: str, given: Any) -> str:
        if not isinstance(given, str):
            self.wrong(key, "it is a text, in quotes.")
            return ""
        if not given.strip():
            self.wrong(key, "it is empty. Write something, or leave it out.")
            return ""
        if len(given) > LONGEST_TEXT:
            self.wrong(key, f"it has more than {LONGEST_TEXT} characters. Shorten it.")
            return ""
        return given

    def _called(self, key: str) -> str:
        return f"{self._within}.{key}" if self._within else key

    def _add(self, key: str, message: str) -> None:
        self._wrong.append(Wrong(self._key or key, message))
