"""Files named on a command line, or standard input: what most text programs read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from lagg_tool.simulator.shell.state import MEMORY
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

_FD = 80  # where an input file is opened
_CHUNK = 65536


class Inputs:
    """Reads the operands one after the other; ``status`` is 1 once one could not be read."""

    def __init__(self, process: Process, words: Sequence[str]) -> None:
        self._process = process
        self._words = list(words)
        self.status = 0
        self.silent = False

    def _open(self, name: str) -> bool:
        process = self._process
        if name == "-":
            process.set_stream(_FD, process.streams.get(0))
            return True
        try:
            stream = process.system.opener.open(process.path(name), "r", process.uid)
        except FileError as error:
            self._fail(name, error)
            return False
        process.set_stream(_FD, stream)
        return True

    def _fail(self, name: str, error: FileError) -> None:
        if not self.silent:
            self._process.warn(f"{name}: {error}")
        self.status = 1

    async def _read(self, most: int) -> bytes:
        return await self._process.read(min(_CHUNK, most), _FD)

    async def contents(self, most: int = 1 << 30) -> AsyncIterator[tuple[str, bytes]]:
        """Yield names and whole contents, or the first ``most`` bytes: /dev/zero has no end."""
        for name in self._words or ["-"]:
            if not self._open(name):
                continue
            data = b""
            try:
                while len(data) < most and (chunk := await self._read(most - len(data))):
                    data += chunk
                    if len(data) > MEMORY:
                        self._process.warn("Cannot allocate memory")
                        raise Exit(2)
            except FileError as error:
                self._fail(name, error)
                continue
            yield name, data
        self._process.set_stream(_FD, None)

    async def files(self) -> AsyncIterator[tuple[str, list[str]]]:
        """Yield names and lines without their ends."""
        async for name, data in self.contents():
            lines = data.decode(errors="surrogateescape").split("\n")
            yield name, lines[:-1] if not lines[-1] else lines

    async def lines(self) -> AsyncIterator[str]:
        """Yield the lines of all files without their ends, as they come."""
        for name in self._words or ["-"]:
            if not self._open(name):
                continue
            while line := await self._process.readline(_FD):
                yield line.decode(errors="surrogateescape").removesuffix("\n")
        self._process.set_stream(_FD, None)
