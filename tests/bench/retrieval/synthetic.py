"""A large collection that is the same every time: words by Zipf's law, topics, labels, dates.

A text takes two of three words from the whole vocabulary and the third from its topic's; its
vector lies near its topic's. So a query made from a text has some rare and some common words.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

VOCABULARY, TOPICS, TOPIC_WORDS = 60_000, 400, 150
LENGTHS = (60, 260)  # words of a text
DIMENSIONS = 384
LABELS = np.array(["public", "internal", "confidential", "restricted"])
SHARES = (0.6, 0.2, 0.15, 0.05)
CHUNKS_A_DOCUMENT = 10
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en")]


class Synthetic:
    def __init__(self, chunks: int, seed: int = 4) -> None:
        self.chunks = chunks
        self.random = np.random.default_rng(seed)
        self.words = self._words()
        self.topic_words = self.random.integers(200, VOCABULARY, (TOPICS, TOPIC_WORDS))
        self.centres = self.random.normal(size=(TOPICS, DIMENSIONS)).astype(np.float32)

    def _words(self) -> Any:
        syllables = np.array(_SYLLABLES)
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            drawn = self.random.integers(0, len(syllables), (VOCABULARY, 4))
            sizes = self.random.integers(2, 5, VOCABULARY)
            found |= dict.fromkeys(
                "".join(syllables[row[:size]]) for row, size in zip(drawn, sizes, strict=True)
            )
        return np.array(list(found)[:VOCABULARY])

    def documents(self) -> Iterator[tuple[str, str, list[tuple[str, Any]]]]:
        """Title, label, and the chunks with their vectors."""
        for number in range(-(-self.chunks // CHUNKS_A_DOCUMENT)):
            label = str(self.random.choice(LABELS, p=SHARES))
            topic = int(self.random.integers(0, TOPICS))
            size = min(CHUNKS_A_DOCUMENT, self.chunks - number * CHUNKS_A_DOCUMENT)
            yield f"Document {number}", label, [self._chunk(topic) for _ in range(size)]

    def _chunk(self, topic: int) -> tuple[str, Any]:
        length = int(self.random.integers(*LENGTHS))
        drawn = np.exp(self.random.random(length) * np.log(VOCABULARY)).astype(int) - 1
        own = self.random.random(length) < 1 / 3
        places = (self.random.random(int(own.sum())) ** 2 * TOPIC_WORDS).astype(int)
        drawn[own] = self.topic_words[topic][places]
        return " ".join(self.words[drawn]), self.near(self.centres[topic])

    def near(self, vector: Any, spread: float = 1.0) -> Any:
        found = vector + self.random.normal(scale=spread, size=DIMENSIONS)
        return (found / np.linalg.norm(found)).astype(np.float16)

    def query(self, text: str) -> str:
        """Some of a text's words, 3 to 12."""
        words = text.split()
        return " ".join(self.random.choice(words, int(self.random.integers(3, 13))))

    def nearby(self, stored: str) -> list[float]:
        """A vector near one that is stored, as PostgreSQL writes it."""
        found: list[float] = self.near(np.array(json.loads(stored)), 0.02).tolist()
        return found
