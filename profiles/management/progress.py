"""An activation's steps as they are taken: a live table at a terminal, lines in a pipe."""

from types import TracebackType
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from profiles.activation.record import FAILED, OK, RUNNING, SKIPPED, Step
from providers.terminal import console

_MARKS = {
    OK: "[green]ok[/]",
    FAILED: "[red]failed[/]",
    SKIPPED: "[dim]skipped[/]",
    RUNNING: "[yellow]running[/]",
}


class Progress:
    """`with Progress(self.stdout) as progress: progress.show(steps, "a remark")`."""

    def __init__(self, stdout: Any) -> None:
        self._screen = console(stdout)
        self._live = Live(console=self._screen) if self._screen.is_terminal else None
        self._printed = 0
        self._remark = ""

    def __enter__(self) -> "Progress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, steps: list[Step], remark: str = "") -> None:
        """All steps so far."""
        if self._live:
            parts = [steps_table(steps)] if steps else []
            self._live.update(Group(*parts, *([escape(remark)] if remark else [])))
            return
        ended = [step for step in steps if step.result != RUNNING]
        for step in ended[self._printed :]:
            took = f" ({step.milliseconds} ms)" if step.milliseconds else ""
            self._screen.print(f"{step.name}: {step.result}{took} {step.detail}", markup=False)
        self._printed = len(ended)
        if remark and remark != self._remark:
            self._screen.print(remark, markup=False)
        self._remark = remark


def steps_table(steps: list[Step]) -> Table:
    table = Table("Step", "Result", "ms", "Detail")
    for step in steps:
        took = "" if step.result == RUNNING else str(step.milliseconds)
        table.add_row(step.name, _MARKS[step.result], took, escape(step.detail))
    return table
