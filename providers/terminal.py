"""rich on a management command's output: colours at a terminal, plain text in a pipe."""

from typing import Any

from rich.console import Console

PIPE_WIDTH = 160


def console(stdout: Any) -> Console:
    """For a command's `self.stdout`, past Django's wrapper, which would add line ends."""
    return Console(file=stdout._out, width=None if stdout.isatty() else PIPE_WIDTH, highlight=False)
