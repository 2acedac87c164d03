"""Standard output and standard error: text that is safe for a terminal, and lost output.

A peer's version, the greeting of a shell or the description of an interface may hold the
escape sequences of a terminal. ``printable`` shows them escaped, in every line that is printed.

The reader of a pipe ends, a disk is full, the caller closed the stream. A change of a NAS goes
on all the same, and its exit status is that of its outcome. Whether something was lost is
remembered for verbs whose purpose is their output.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import unicodedata
from collections.abc import Iterator

TYPE_CHECKING = False  # that of typing costs as much time as to print help
if TYPE_CHECKING:
    from typing import IO, Any

# What a terminal obeys or hides: control characters, format characters (some change the
# direction of text), lone surrogates, separators of lines and paragraphs.
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
# Line break and tab; and the zero-width joiners, which are part of words of some languages.
_SAFE = frozenset("\n\t\u200c\u200d")


def printable(text: str) -> str:
    r"""Return ``text`` for a terminal: what it would obey or hide is shown escaped.

    The escapes are those of JSON, so that JSON stays JSON. A byte that is no UTF-8 is \\xNN.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character in _SAFE or unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape, PEP 383
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def encodable(text: str) -> str:
    r"""Return ``text`` with what UTF-8 cannot hold escaped as ``printable`` does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_shown(c) if unicodedata.category(c) == "Cs" else c for c in text)
    return text


def progress(line: str) -> None:
    """Print a line of progress to standard error, at once, unless the user wants quiet."""
    if not getattr(sys.stderr, "quiet", False):
        print(printable(line), file=sys.stderr, flush=True)


def output_is_lost() -> bool:
    """Return whether nobody reads standard output any more, or it cannot be written."""
    return isinstance(sys.stdout, LossyStream) and sys.stdout.loss.error is not None


def be_quiet() -> None:
    """Print no progress until ``lossy_output`` ends."""
    if isinstance(sys.stderr, LossyStream):
        sys.stderr.quiet = True


def steer_terminal(text: str) -> None:
    """Write text with escape sequences of our own to standard output, at once."""
    stream = sys.stdout
    if isinstance(stream, LossyStream):
        stream.write_as_is(text)
    else:
        stream.write(text)
    stream.flush()


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
    """A stream whose ``write`` and ``flush`` never fail, and whose text is ``printable``."""

    def __init__(self, stream: IO[Any], loss: Loss) -> None:
        self._stream = stream
        self.loss = loss
        self.quiet = False

    def write(self, data: Any) -> int:
        """Write, or remember that it was not possible."""
        return self.write_as_is(printable(data) if isinstance(data, str) else data)

    def write_as_is(self, data: Any) -> int:
        """Write text that may steer the terminal: escape sequences of our own."""
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
        for stream, original in zip((sys.stdout, sys.stderr), before, strict=True):
            if isinstance(stream, LossyStream):
                stream.flush()
                if original is None:
                    stream.close()
                elif stream.loss.error is not None:
                    _silence(stream)
        sys.stdout, sys.stderr = before


def _stand_in(stream: IO[str] | None, loss: Loss) -> Any:
    if stream is not None:
        return LossyStream(stream, loss)
    loss.note(OSError(errno.EBADF, "it is closed"))
    # pytest and faulthandler ask a stream for its descriptor: it has one.
    nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lossy_output closes it
    return LossyStream(nowhere, loss)


def _silence(stream: LossyStream) -> None:
    """Keep the interpreter from failing at its end over what is left in the buffer."""
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no number
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
