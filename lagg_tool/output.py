"""Standard output and standard error that nobody may read: what is lost stops nothing.

The reader of a pipe ends, a disk is full, the caller closed the stream. A change of a NAS goes
on all the same, and its exit status is that of its outcome. Whether something was lost is
remembered for verbs whose purpose is their output.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import IO, Any


class Loss:
    """The first error of a stream that could not be written, if there is one."""

    def __init__(self) -> None:
        self.error: OSError | None = None

    def note(self, error: OSError) -> None:
        """Remember an error, unless there was one before."""
        self.error = self.error or error

    @property
    def reason(self) -> str:
        """Why something was lost, or nothing if the reader ended early, as ``head`` does."""
        if self.error is None or self.error.errno == errno.EPIPE:
            return ""
        return self.error.strerror or str(self.error)


class LossyStream:
    """A stream whose ``write`` and ``flush`` never fail; else it is what it stands for."""

    def __init__(self, stream: IO[Any], loss: Loss) -> None:
        self._stream = stream
        self.loss = loss

    def write(self, data: Any) -> int:
        """Write, or remember that it was not possible."""
        try:
            self._write(data)
        except OSError as error:
            self.loss.note(error)
        except ValueError as error:  # the stream was closed
            self.loss.note(OSError(errno.EBADF, str(error)))
        return len(data)

    def _write(self, data: Any) -> None:
        try:
            self._stream.write(data)
        except UnicodeEncodeError as error:
            self._stream.write(
                data.encode(error.encoding, "backslashreplace").decode(error.encoding)
            )

    def writelines(self, lines: Any) -> None:
        """Write each of them."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush, or remember that it was not possible."""
        try:
            self._stream.flush()
        except OSError as error:
            self.loss.note(error)
        except ValueError as error:
            self.loss.note(OSError(errno.EBADF, str(error)))

    @property
    def buffer(self) -> LossyStream:
        """The stream of bytes below; what it loses counts as lost here."""
        return LossyStream(self._stream.buffer, self.loss)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def lossy_output() -> Iterator[Loss]:
    """Let no message stop what is done within; give what standard output lost.

    A file descriptor that the caller closed leads nowhere afterwards: else the next file or
    connection would get its number, and what a child process prints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
    before = sys.stdout, sys.stderr
    loss = Loss()
    sys.stdout = _stand_in(sys.stdout, loss)
    sys.stderr = _stand_in(sys.stderr, Loss())
    try:
        yield loss
    finally:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, LossyStream):
                stream.flush()
                if stream.loss.error is not None:
                    _silence(stream)
        sys.stdout, sys.stderr = before


def _stand_in(stream: IO[str] | None, loss: Loss) -> Any:
    if stream is not None:
        return LossyStream(stream, loss)
    loss.note(OSError(errno.EBADF, "it is closed"))
    return LossyStream(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), loss)


def _silence(stream: LossyStream) -> None:
    """Keep the interpreter from failing at its end over what is left in the buffer."""
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no number
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
