"""Stream a long-running command's output from an SSH channel."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Protocol

from lagg_tool.ssh.sending import sending

CHUNK = 32768  # bytes taken from a channel at once
# While standard input waits for room in the peer's window, which paramiko does not announce.
_FEED_SECONDS = 0.02
Receiver = Callable[[bytes], None]
# Tells by the output so far whether /bin/sh has come to what may read standard input.
Begun = Callable[[bytes | bytearray], bool]


class Channel(Protocol):
    """The part of paramiko's channel that a stream uses."""

    closed: bool

    def recv_ready(self) -> bool:
        """Return whether there is output."""
        ...

    def recv(self, nbytes: int) -> bytes:
        """Take output."""
        ...

    def recv_stderr_ready(self) -> bool:
        """Return whether there is error output."""
        ...

    def recv_stderr(self, nbytes: int) -> bytes:
        """Take error output."""
        ...

    def send_ready(self) -> bool:
        """Return whether there is room in the peer's window."""
        ...

    def send(self, s: bytes) -> int:
        """Send standard input; return how much of it."""
        ...

    def shutdown_write(self) -> None:
        """End standard input."""
        ...


class Bell(threading.Event):
    """An event that is set when something happened on a channel.

    paramiko clears an event when one stream's buffer is empty, which would lose that of
    the other stream; only ``rearm`` clears this one.
    """

    def clear(self) -> None:
        """Ignore what paramiko clears; use rearm()."""

    def rearm(self) -> None:
        """Clear it, before the channel is looked at."""
        super().clear()


class Feeder:
    """Writes standard input as far as the peer's window allows, then ends it.

    A profile of the login shell that reads gets none of it: it is not sent before ``begun``.
    """

    def __init__(self, channel: Channel, data: bytes, begun: Begun) -> None:
        self._channel = channel
        self._rest = memoryview(data)
        self._begun = begun
        self._open = True
        self._heard: bytearray | None = bytearray() if data else None  # until it may be sent

    def hear(self, output: bytes) -> None:
        """Take note of output."""
        if self._heard is not None:
            self._heard += output
            if self._begun(self._heard):
                self._heard = None

    def feed(self) -> float | None:
        """Send what can be sent without waiting; return after how many seconds to try again."""
        if self._heard is not None:
            return None
        try:
            while self._open and self._rest and self._channel.send_ready():
                if self._channel.closed:
                    return None
                self._rest = self._rest[self._channel.send(self._rest[:CHUNK].tobytes()) :]
            if self._open and not self._rest:
                self._open = False
                self._channel.shutdown_write()
        except (OSError, EOFError):  # the command ended without reading all, or the peer is gone
            self._open = False
        return _FEED_SECONDS if self._open else None


class Streaming:
    """A long-running command; a thread passes on what it writes to either stream.

    An empty piece of output is the last one: no more will come.
    ``opened`` is left when the channel is closed, from either end.
    """

    def __init__(
        self,
        channel: Channel,
        bell: Bell,
        feeder: Feeder,
        receivers: tuple[Receiver, Receiver],
        opened: contextlib.ExitStack,
    ) -> None:
        self._channel = channel
        self._bell = bell
        self._feeder = feeder
        self._receivers = receivers
        self._opened = opened
        self._stopping = False
        self.running = True  # more may come
        self._thread = threading.Thread(target=self._run, name="ssh stream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close its channel; no more output is passed on.

        The command ends when it notices, at the latest when it writes; OpenSSH counts it as
        a session until then.
        """
        with sending():
            self._stopping = True
            self._bell.set()
            self._thread.join()

    def _run(self) -> None:
        try:
            self._listen()
        finally:
            self.running = False
            self._receivers[0](b"")

    def _listen(self) -> None:
        channel = self._channel
        stdout, stderr = self._receivers
        with self._opened:
            while not self._stopping:
                self._bell.rearm()
                closed = channel.closed  # looked at before the streams: what came is read below
                while channel.recv_ready():
                    piece = channel.recv(CHUNK)
                    self._feeder.hear(piece)
                    stdout(piece)
                while channel.recv_stderr_ready():
                    stderr(channel.recv_stderr(CHUNK))
                if closed:
                    return
                self._bell.wait(self._feeder.feed())
