"""W3C trace context (https://www.w3.org/TR/trace-context/): what a caller sends, what we send on.

Nothing here fails a call: what cannot be read counts as absent. A call without a caller's
trace begins one whose id is the call's own, and the ids of its spans follow from that id
too, so that whoever sends them and whoever reports them need not tell each other.
"""

import re
from uuid import UUID

import msgspec

Headers = tuple[tuple[str, str], ...]

LONGEST_STATE = 512  # characters; what W3C asks everyone to pass on
MOST_MEMBERS = 32
_LENGTH = 55
_PARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII
)
_MEMBER = re.compile(
    r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]",
    re.ASCII,
)
_KNOWN_FLAGS = 0b11  # sampled, and trace ids that are random
_SPAN = 2**64 - 1


class Trace(msgspec.Struct, frozen=True):
    """`id` is 32 hexadecimal digits. `given` is the caller's traceparent, "" without one."""

    id: str
    given: str = ""
    state: str = ""


def trace_of(call_id: UUID, traceparent: str, tracestate: str) -> Trace:
    """From a request's two headers, "" for one that is not there."""
    if not traceparent:
        return Trace(call_id.hex)
    given = _read(traceparent.strip())
    return Trace(given[3:35], given, _state(tracestate)) if given else Trace(call_id.hex)


def parent_of(given: str) -> str:
    """The caller's span in a traceparent that `trace_of` took: 16 digits, "" for ""."""
    return given[36:52]


def span_of(call_id: UUID, attempt: int = 0) -> str:
    """The id of a call's span, or of its try with this number: 16 digits, never all zero."""
    return f"{(call_id.int ^ attempt) & _SPAN:016x}"


def onward(trace: Trace, span: str, *, sampled: bool) -> Headers:
    """What a provider is sent. `sampled` counts where the caller has not said."""
    flags = int(trace.given[-2:], 16) & _KNOWN_FLAGS if trace.given else int(sampled)
    own = ("traceparent", f"00-{trace.id}-{span}-{flags:02x}")
    return (own, ("tracestate", trace.state)) if trace.state else (own,)


def _read(header: str) -> str:
    """Its known part, "" where it cannot be read. Later versions may have more behind it."""
    known, more = header[:_LENGTH], header[_LENGTH:]
    if not _PARENT.fullmatch(known) or (more and (known.startswith("00") or more[0] != "-")):
        return ""
    return known


def _state(header: str) -> str:
    """The members from the left that fit; "" where one of them cannot be read."""
    members = [member for part in header.split(",") if (member := part.strip(" \t"))]
    if len(members) > MOST_MEMBERS or not all(map(_MEMBER.fullmatch, members)):
        return ""
    while sum(map(len, members)) + len(members) - 1 > LONGEST_STATE:
        members.pop()
    return ",".join(members)
