"""Redacting an answer while it streams."""

from lakehouse.gateway.ruled_channels import names, over, place, saying, text_of
from lakehouse.gateway.ruled_states import tells
from lakehouse.truth.actions import Redact, is_json, whole_json, within_json
from lakehouse.truth.conditions import FieldContainsAny
from lakehouse.truth.deciding import refuse_stuck
from lakehouse.truth.paths import Location
from lakehouse.truth.rule import Rule
from lakehouse.truth.scrubbing import Scrubber
from providers.events import Event, ReasoningState


class Covering:
    """For a rule that is known to hold: each text begins and ends with what stands in its place."""

    fired = ended = False

    def __init__(self, rule: Rule, action: Redact) -> None:
        self.rule = rule
        self._action = action
        self._covered: set[Location] = set()

    def passed(self, events: list[Event]) -> list[Event]:
        return [said for event in events for said in self._passed(event)]

    def _passed(self, event: Event) -> list[Event]:
        where = place(event)
        if isinstance(event, ReasoningState) and tells(self.rule, event.state, event.choice):
            return []
        if where is None or not _named(self._action, where):
            return [event]
        if where in self._covered:
            return []
        self._covered.add(where)
        put = self._action.put
        return [saying(event, whole_json(put) if is_json(where) else put)]


class Scrubbing:
    """Takes matches out, holding back no more than what may still become one."""

    ended = False

    def __init__(self, rule: Rule, action: Redact) -> None:
        assert isinstance(rule.condition, FieldContainsAny)
        self.rule = rule
        self.fired = False
        self._action = action
        self._wanted = rule.condition.wanted
        self._texts: dict[Location, tuple[Scrubber, Event]] = {}

    def passed(self, events: list[Event]) -> list[Event]:
        return [said for event in events for said in self._passed(event)]

    def _passed(self, event: Event) -> list[Event]:
        where = place(event)
        if isinstance(event, ReasoningState) and tells(self.rule, event.state, event.choice):
            return []
        if where is None:
            for named, text in names(event):
                refuse_stuck(self.rule, "answer", named, text)
            return [*self._ended_by(event), event]
        if not _named(self._action, where):
            return [event]
        if where not in self._texts:
            put = within_json(self._action.put) if is_json(where) else self._action.put
            self._texts[where] = Scrubber(self._wanted, put), event
        scrubber, _ = self._texts[where]
        hits, text = scrubber.hits, scrubber.feed(text_of(event))
        if text == text_of(event) and scrubber.hits == hits:
            return [event]
        return self._said(scrubber, event, text)

    def _said(self, scrubber: Scrubber, event: Event, text: str) -> list[Event]:
        self.fired = self.fired or scrubber.hits > 0
        return [saying(event, text)] if text else []

    def _ended_by(self, event: Event) -> list[Event]:
        """What was held back of the texts of which nothing more comes."""
        within = over(event)
        if within is None:
            return []
        said: list[Event] = []
        for where in [where for where in self._texts if where[: len(within)] == within]:
            scrubber, first = self._texts.pop(where)
            said += self._said(scrubber, first, scrubber.finish())
        return said


def _named(action: Redact, where: Location) -> bool:
    return any(path.covers("answer", where) for path in action.fields)
