"""What a document is made of, whatever it came as."""

import msgspec


class Block(msgspec.Struct, frozen=True):
    """A paragraph, list, table or piece of code; or a heading, whose level is 1 to 6."""

    text: str
    level: int = 0
