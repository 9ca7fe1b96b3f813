"""How far a long work has come: a bar at a terminal, now and then a line in a pipe."""

import time
from types import TracebackType
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from providers.terminal import console

LINE_SECS = 10.0


class Bar:
    """`with Bar(self.stdout, "Ingesting", 12) as bar: bar.step("a.md")`."""

    def __init__(self, stdout: Any, doing: str, total: int) -> None:
        self._screen = console(stdout)
        self._doing, self._total, self._done = doing, total, 0
        self._said = time.monotonic()
        self._bar = Progress(
            *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
            *(TimeRemainingColumn(), TextColumn("{task.fields[now]}", markup=False)),
            console=self._screen,
            transient=True,
            disable=not self._screen.is_terminal,
        )
        self._task = self._bar.add_task(doing, total=total, now="")

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def step(self, now: str = "", by: int = 1) -> None:
        """`now` is what is at hand, by a name."""
        self._done += by
        self._bar.update(self._task, advance=by, now=now[-40:])
        if not self._screen.is_terminal and time.monotonic() - self._said > LINE_SECS:
            self._said = time.monotonic()
            self._screen.print(f"{self._doing}: {self._done} of {self._total}", markup=False)
