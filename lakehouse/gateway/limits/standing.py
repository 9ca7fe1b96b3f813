"""How a key stands after it asked for one more call, wherever that is counted."""

from typing import Literal

import msgspec

WINDOW_SECS = 60
# Tokens are counted by the second they fell in, which is over a second after its last moment.
TOKENS_SECS = WINDOW_SECS + 1

Kind = Literal["requests", "tokens", "budget"]


class Standing(msgspec.Struct, frozen=True):
    """`refused` names the limit that is reached, None when the call was let in and counted.

    `requests` and `tokens` are those of the last minute, this call's own included. Waits are
    seconds: of the limit that refused, until it lets the next call in; else until the oldest
    that is counted no longer is. `second` is the one that the call's tokens are held in.
    """

    refused: Kind | None
    requests: int
    requests_wait: float
    tokens: int
    tokens_wait: float
    second: int


class Asked(msgspec.Struct, frozen=True):
    """A key's limits (None: no limit), and the tokens to hold for one more call."""

    key: int
    requests: int | None
    tokens: int | None
    hold: int = 0
