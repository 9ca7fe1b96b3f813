"""Answer rules that can be decided only once the answer is there, and what waits for that."""

from collections.abc import Mapping
from typing import Any

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.ruled_answer import plain
from lakehouse.gateway.ruled_channels import names, over, place, saying, text_of
from lakehouse.gateway.ruled_states import covers_thoughts, tells
from lakehouse.truth.actions import Pass, Redact
from lakehouse.truth.conditions import FieldContainsAny, holds
from lakehouse.truth.deciding import refuse_stuck, replaced
from lakehouse.truth.paths import Location
from lakehouse.truth.rule import Rule
from lakehouse.truth.scrubbing import Scrubber
from providers.events import End, Event, Fail, Finish, ReasoningState


class AtEnd:
    """Holds back the texts that may yet be redacted, and that the answer is finished."""

    def __init__(self, rule: Rule, subject: Mapping[str, Any]) -> None:
        self.rule = rule
        self.fired = self.ended = False
        self._subject = subject
        self._answer = Answer()
        self._held: list[Event] = []
        self._names: list[tuple[Location, str]] = []

    def passed(self, events: list[Event]) -> list[Event]:
        out: list[Event] = []
        for event in events:
            self._answer.add(event)
            self._names += names(event)
            if isinstance(event, End):
                out += [*self._decided(), event]
            elif isinstance(event, Fail):
                self._held = []  # nobody can say whether it might go out
                out.append(event)
            elif self._waits(event):
                self._held.append(event)
            else:
                out.append(event)
        return out

    def _waits(self, event: Event) -> bool:
        action = self.rule.action
        if isinstance(event, Finish):
            return not isinstance(action, Pass)
        if not isinstance(action, Redact):
            return False
        if isinstance(event, ReasoningState):
            return covers_thoughts(action, event.choice)
        where = place(event)
        if where is None:
            return False
        return any(path.covers("answer", where) for path in action.fields)

    def _decided(self) -> list[Event]:
        held, self._held = self._held, []
        subject = {**self._subject, "answer": plain(self._answer, "")}
        if not holds(self.rule.condition, subject):
            return held
        self.fired = True
        if isinstance(self.rule.action, Redact):
            return self._redacted(held, self.rule.action)
        self.ended = not isinstance(self.rule.action, Pass)
        return held

    def _redacted(self, held: list[Event], action: Redact) -> list[Event]:
        for named, text in self._names:
            refuse_stuck(self.rule, "answer", named, text)
        texts: dict[Location, str] = {}
        for event in held:
            if (where := place(event)) is not None:
                texts[where] = texts.get(where, "") + text_of(event)
        out: list[Event] = []
        for event in held:
            where = place(event)
            if isinstance(event, ReasoningState) and tells(self.rule, event.state, event.choice):
                continue
            if where is None:
                out.append(event)
            elif where in texts:
                new = replaced(self.rule, action, "answer", where, texts.pop(where))
                out.append(saying(event, new))
        return out


class Watching(AtEnd):
    """Ends the answer before anything that is looked for goes out."""

    def __init__(self, rule: Rule, subject: Mapping[str, Any]) -> None:
        super().__init__(rule, subject)
        assert isinstance(rule.condition, FieldContainsAny)
        self._condition = rule.condition
        self._texts: dict[Location, tuple[Scrubber, Event]] = {}

    def passed(self, events: list[Event]) -> list[Event]:
        events = [said for event in events for said in self._watched(event)]
        if any(scrubber.hits for scrubber, _ in self._texts.values()):
            self.fired = self.ended = True
            return []
        return super().passed(events)

    def _watched(self, event: Event) -> list[Event]:
        where = place(event)
        if where is None:
            return [*self._rest(event), event]
        if not any(path.covers("answer", where) for path in self._condition.fields):
            return [event]
        scrubber, _ = self._texts.setdefault(where, (Scrubber(self._condition.wanted, ""), event))
        text = scrubber.feed(text_of(event))
        if text == text_of(event):
            return [event]
        return [saying(event, text)] if text else []

    def _rest(self, event: Event) -> list[Event]:
        """What was held back of the texts of which nothing more comes."""
        within = over(event)
        if within is None:
            return []
        ended = [text for where, text in self._texts.items() if where[: len(within)] == within]
        rest = [(scrubber.finish(), first) for scrubber, first in ended]
        return [saying(first, text) for text, first in rest if text]
