"""What the metrics count, a provider: plain numbers, so that counting costs next to nothing."""

from bisect import bisect_left

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600)
# Error kinds are ours, so there are few; should one ever carry a client's words, it ends here.
MOST_KINDS = 200
OTHER = "other"


class Histogram:
    """`counts` is a bucket's own, not cumulative; the last is for what is longer than all."""

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0

    def add(self, milliseconds: float) -> None:
        seconds = milliseconds / 1000
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """Upper ends, as Prometheus writes them, and how many took no longer."""
        so_far, ends = 0, [*(f"{end:.6g}" for end in SECONDS), "+Inf"]
        rows: list[tuple[str, float]] = []
        for end, count in zip(ends, self.counts, strict=True):
            so_far += count
            rows.append((end, so_far))
        return rows


class Tally:
    """Calls are those that the provider answered, or was the last to be asked for."""

    def __init__(self) -> None:
        self.calls: dict[tuple[str, str, str], int] = {}  # operation, outcome, error kind
        self.attempts: dict[str, int] = {}
        self.whole = Histogram()
        self.first_token = Histogram()
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost = 0.0

    def count_call(self, operation: str, outcome: str, kind: str) -> None:
        key = (operation, outcome, kind)
        if key not in self.calls and len(self.calls) >= MOST_KINDS:
            key = (operation, outcome, OTHER)
        self.calls[key] = self.calls.get(key, 0) + 1
