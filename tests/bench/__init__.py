"""Benchmarks of the line of a call: `python -m tests.bench`. Figures, not tests."""
