"""Turns and instructions as the `messages` and `system` of one request.

The API alternates user and assistant, wants every result of a tool call first in
the very next user message, and takes instructions at the top, late ones only from
some models.
"""

from typing import Any

from providers import tool_ids
from providers.adapters.claude.draft import Draft, refused
from providers.adapters.claude.parts import Block, assistant_blocks, text_block, user_blocks
from providers.adapters.claude.traits import Traits
from providers.errors import ErrorKind
from providers.messages import Request, Segment

OPENING = "(The conversation begins here.)"
_ASSISTANT_ORDER = {"thinking": 0, "redacted_thinking": 0, "tool_use": 2}


class Conversation:
    """Messages as they grow: neighbours of one role are merged, late instructions wait."""

    def __init__(self, draft: Draft) -> None:
        self.messages: list[dict[str, Any]] = []
        self.waiting: list[Block] = []
        self._draft = draft

    def say(self, role: str, blocks: list[Block]) -> None:
        if not blocks:
            return
        if role == "assistant":
            self.place_waiting()
            self.open()
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        else:
            self.messages.append({"role": role, "content": list(blocks)})

    def open(self) -> None:
        """The first message must be the user's."""
        if not self.messages:
            self.messages.append({"role": "user", "content": [{"type": "text", "text": OPENING}]})
            self._draft.note("a first user message was added: this API needs one")

    def place_waiting(self) -> None:
        """A system message stands after a user message and nowhere else."""
        if self.waiting and self.messages and self.messages[-1]["role"] == "user":
            self.messages.append({"role": "system", "content": self.waiting})
            self.waiting = []


def build(
    request: Request, traits: Traits, late_system: str, origin: str | None, draft: Draft
) -> tuple[list[Block], list[dict[str, Any]]]:
    """(system, messages). `origin` is whose thinking goes back, None for no thinking.

    Raises ProviderError(bad_request | unsupported) with `param` "messages".
    """
    top = [s for s in request.system if s.after <= 0]
    late = [s for s in request.system if s.after > 0]
    if not traits.system_turns and late_system != "turn":
        top, late = top + late, []
    talk = Conversation(draft)
    for place, turn in enumerate(tool_ids.in_history(request.turns)):
        late = _instruct(talk, late, place, traits)
        if turn.name:
            draft.drop("messages.name")
        if turn.role == "assistant":
            talk.say("assistant", assistant_blocks(turn.parts, origin))
        else:
            talk.say("user", user_blocks(turn.parts, draft))
    _instruct(talk, late, len(request.turns), traits)
    talk.open()
    talk.place_waiting()
    for message in talk.messages:
        _order(message)
    _check_results(talk.messages)
    _close(talk.messages, request.model, traits)
    return [*_blocks(top), *talk.waiting], talk.messages


def _instruct(talk: Conversation, late: list[Segment], place: int, traits: Traits) -> list[Segment]:
    """Hands over the segments due before the turn at `place`; returns the later ones."""
    due = [s for s in late if s.after <= place]
    if not due:
        return late
    blocks = _blocks(due)
    if traits.system_turns:
        talk.waiting += blocks
    else:
        for block in blocks:
            block["text"] = f"<system>\n{block['text']}\n</system>"
        talk.say("user", blocks)
    return late[len(due) :]


def _blocks(segments: list[Segment]) -> list[Block]:
    blocks = (text_block(segment.text, segment.cache_hint) for segment in segments)
    return [block for block in blocks if block is not None]


def _order(message: dict[str, Any]) -> None:
    """Results before other user content; thinking first and calls last in an assistant's."""
    if message["role"] == "user":
        message["content"].sort(key=lambda block: block["type"] != "tool_result")
    elif message["role"] == "assistant":
        message["content"].sort(key=lambda block: _ASSISTANT_ORDER.get(block["type"], 1))


def _check_results(messages: list[dict[str, Any]]) -> None:
    open_calls: list[str] = []
    for message in messages:
        content = message["content"]
        given = [b["tool_use_id"] for b in content if b["type"] == "tool_result"]
        for call in open_calls:
            if call not in given:
                _unanswered(call)
        for call in given:
            if call not in open_calls:
                raise refused(
                    ErrorKind.BAD_REQUEST,
                    f"A tool message answers {call}, which the assistant message before it "
                    "does not call. Put each tool message right after its call.",
                    "messages",
                )
        open_calls = [b["id"] for b in content if b["type"] == "tool_use"]
    for call in open_calls:
        _unanswered(call)


def _unanswered(call: str) -> None:
    raise refused(
        ErrorKind.BAD_REQUEST,
        f"Tool call {call} has no result after it. Send one tool message for each tool_call_id.",
        "messages",
    )


def _close(messages: list[dict[str, Any]], model: str, traits: Traits) -> None:
    """A final assistant message is one to continue: no blanks at its end, and not everywhere."""
    last = messages[-1]
    if last["role"] != "assistant":
        return
    if not traits.prefill:
        raise refused(
            ErrorKind.UNSUPPORTED,
            f"{model} does not continue an assistant message. "
            "End messages with a user or tool message.",
            "messages",
        )
    final = last["content"][-1]
    if final["type"] == "text":
        final["text"] = final["text"].rstrip()
