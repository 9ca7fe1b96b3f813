"""The processes that share this one's port, asked from any of them.

`serve --workers N` is N processes behind one port, and a request reaches one of them by
chance. Each therefore listens on a socket in a folder that is theirs alone, and answers
what another wants to know. One process by itself has no folder and no others.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

logger = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds until one that does not answer is left out
ENDING = ".worker"
END = b"\n"  # of an answer, which is JSON on one line


class Workers:
    """`number` counts from 1 and stays when a process is replaced."""

    def __init__(self, folder: Path | None = None, number: int = 1) -> None:
        self.number = number
        self._folder = folder
        self._server: asyncio.Server | None = None

    async def open(self, answers: Mapping[str, Callable[[], bytes]]) -> None:
        """From here on the others get these answers, by what they ask for."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                async with asyncio.timeout(PATIENCE):
                    asked = (await reader.readline()).decode().strip()
                    writer.write(answers[asked]() + END)
                    await writer.drain()
            except (OSError, TimeoutError, KeyError):
                logger.debug("another worker left before it had its answer")
            except Exception:
                logger.exception("another worker's question was not answered")
            finally:
                writer.close()

        if self._folder is None:
            return
        try:
            self._own.unlink(missing_ok=True)  # of the process before this one
            self._server = await asyncio.start_unix_server(answer, self._own)
        except OSError as error:
            text = "the other workers cannot ask this one: %s (%s); calls are served all the same"
            logger.warning(text, error, self._own)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._own.unlink(missing_ok=True)

    async def ask(self, what: str) -> tuple[list[bytes], int]:
        """The others' answers, and how many of them gave none."""
        if self._folder is None:
            return [], 0
        others = [path for path in self._folder.glob(f"*{ENDING}") if path != self._own]
        told = await asyncio.gather(*(_asked(path, what) for path in sorted(others)))
        heard = [answer for answer in told if answer]
        return heard, len(others) - len(heard)

    @property
    def _own(self) -> Path:
        assert self._folder is not None
        return self._folder / f"{self.number}{ENDING}"


async def _asked(path: Path, what: str) -> bytes:
    """What the process behind a socket answers; nothing when it does not."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(f"{what}\n".encode())
                told = await reader.read(-1)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""
    return told.removesuffix(END) if told.endswith(END) else b""  # it died in the midst of it


here = Workers()


def join(folder: Path, number: int) -> None:
    """This process is one of several; called before it serves."""
    global here
    here = Workers(folder, number)
