"""Files named on a command line, or standard input: what most text programs read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from lagg_tool.simulator.filesystem import FileError
from lagg_tool.simulator.process import Process

_FD = 80  # where an input file is opened


class Inputs:
    """Reads the operands one after the other; ``status`` is 1 once one could not be read."""

    def __init__(self, process: Process, words: Sequence[str]) -> None:
        self._process = process
        self._words = list(words)
        self.status = 0
        self.silent = False

    def _fail(self, name: str, error: FileError) -> None:
        if not self.silent:
            self._process.warn(f"{name}: {error}")
        self.status = 1

    def _open(self, name: str) -> bool:
        process = self._process
        if name == "-":
            stream = process.streams.get(0)
        else:
            try:
                stream = process.nas.opener.open(process.path(name), "r", process.uid)
            except FileError as error:
                self._fail(name, error)
                return False
        process.set_stream(_FD, stream)
        return True

    async def files(self, most: int | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield names and whole contents, or the first ``most`` bytes: /dev/zero has no end."""
        for name in self._words or ["-"]:
            if not self._open(name):
                continue
            try:
                data = await self._read(most)
            except FileError as error:
                self._fail(name, error)
                continue
            yield name, data
        self._process.set_stream(_FD, None)

    async def _read(self, most: int | None) -> bytes:
        if most is None:
            return await self._process.read(fd=_FD)
        data = b""
        while len(data) < most and (chunk := await self._process.read(most - len(data), _FD)):
            data += chunk
        return data

    async def lines(self) -> AsyncIterator[tuple[str, str]]:
        """Yield names and lines without their ends, as they come."""
        for name in self._words or ["-"]:
            if not self._open(name):
                continue
            while True:
                try:
                    line = await self._process.readline(_FD)
                except FileError as error:
                    self._fail(name, error)
                    break
                if not line:
                    break
                yield name, line.decode(errors="surrogateescape").removesuffix("\n")
        self._process.set_stream(_FD, None)


def text_of(data: bytes) -> str:
    """Decode; undecodable bytes become surrogate escapes."""
    return data.decode(errors="surrogateescape")
