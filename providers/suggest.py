"""Near matches for a word that is not known, for the end of an error message."""

from collections.abc import Collection
from difflib import get_close_matches

from providers.redact import redact

SHOWN = 20


def suggestion(word: str, known: Collection[str], others: dict[str, str] | None = None) -> str:
    """One sentence: the nearest known word, or what is known when none is near.

    `others` maps words that people write for a known one ("url") to it ("base_url").
    """
    meant = (others or {}).get(word.lower())
    near = [meant] if meant else get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    if not known:
        return "None are known here."
    shown = list(known)[:SHOWN]
    return f"Known are: {', '.join(shown)}{', …' if len(known) > SHOWN else ''}."


def shown(word: object) -> str:
    """A stranger's word as a message may repeat it: short, in one line, without secrets."""
    plain = "".join(c for c in str(word)[:200] if c.isprintable())
    return redact(plain)[:60]
