"""What was answered and refused so far, handed to the next try as conversation.

Only what that try's provider may see: an answer has the label of what its own try was given,
passages and earlier answers included, and goes to no provider below it.
"""

import msgspec

from lakehouse.gateway.call import CallInFlight
from lakehouse.validation.report import Report
from providers.endpoint import LABELS, Endpoint, rank
from providers.messages import Request, Text, Turn

_WRONG = "Your last answer is not valid. What is wrong with it:"
_AGAIN = "Answer again: the whole answer, corrected, and nothing else."


class _Said(msgspec.Struct, frozen=True):
    turns: tuple[Turn, ...]
    label_rank: int


class Handing:
    """For one call. `labelled`: what its tries are given has labels."""

    def __init__(self, call: CallInFlight, *, labelled: bool) -> None:
        self._call = call
        self._labelled = labelled
        self._said: list[_Said] = []

    def add(self, report: Report) -> None:
        """The call's present answer, and what is wrong with it."""
        answer = self._call.answer.turn()
        asked = Turn("user", (Text(wrong(report)),))
        turns = (asked,) if answer is None else (answer, asked)
        self._said.append(_Said(turns, self._label_rank()))

    def onto(self, request: Request, endpoint: Endpoint) -> Request:
        """The request with what of it this provider may see at its end."""
        may_see = rank(endpoint.clearance)
        seen = [said for said in self._said if said.label_rank <= may_see]
        if not seen:
            return request
        if self._labelled:
            highest = max(self._label_rank(), *(said.label_rank for said in seen))
            self._call.row.label = LABELS[highest]
        turns = (*request.turns, *(turn for said in seen for turn in said.turns))
        return msgspec.structs.replace(request, turns=turns)

    def _label_rank(self) -> int:
        """Of what the present try was given; the highest where that is not known."""
        if not self._labelled:
            return 0  # the call's own label bars providers below it beforehand
        label = self._call.row.label
        return rank(label) if label in LABELS else len(LABELS) - 1


def wrong(report: Report) -> str:
    """What the model is told."""
    listed = [f"- {e.kind}, at {e.shown()['path']}: {e.shown()['message']}" for e in report.errors]
    return "\n".join([_WRONG, *listed, _AGAIN])
