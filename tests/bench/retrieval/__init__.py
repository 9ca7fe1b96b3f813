"""How well and how fast passages are found: `python -m tests.bench.retrieval`."""
