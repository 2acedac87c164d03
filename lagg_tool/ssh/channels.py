"""The channels of one SSH connection, one of them opened before it is needed.

To run a command takes two round trips: open a channel, and ask for the command (RFC 4254
sections 5.1 and 6.5). A thread opens the next channel while a command runs, so that a later
command takes one: with 50 ms for a round trip 57 ms instead of 104. It takes two if it reads
its standard input, whose end follows the answer to the request.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

import paramiko
from paramiko.common import (
    MSG_CHANNEL_FAILURE,
    MSG_CHANNEL_REQUEST,
    MSG_KEXINIT,
    cMSG_GLOBAL_REQUEST,
)

DISABLED_ALGORITHMS = {
    "ciphers": ["3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"],
    "macs": ["hmac-md5", "hmac-md5-96", "hmac-sha1-96"],
}
# OpenSSH allows ten sessions (MaxSessions) and counts one until its child is reaped, a moment
# after the channel is closed; a further command waits for a channel to become free.
PARALLEL_CHANNELS = 5
# Where it allows fewer, a channel is refused for that moment. To ask again changes nothing.
REAPED_SECONDS, REAPING_SECONDS = 1.0, 0.02
# When a command ends, dropbear closes the channels that wait for one (seen: 2022.83). It ends
# the connection if a request for one of these is on its way: none may be opened ahead.
_CLOSES_WAITING = re.compile(r"SSH-[0-9.]+-dropbear")

# paramiko prints tracebacks of lost connections; an exception tells the caller instead
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class Transport(paramiko.Transport):
    """paramiko's transport, which also notes what it drops, as the packets pass.

    That is the signal that ended a command (RFC 4254 section 6.10), whether a request was
    refused or its channel closed for another reason (section 5.4), and the algorithms that the
    server knows (RFC 4253 section 7.1).
    """

    def __init__(self, sock: socket.socket, heard: Callable[[], object]) -> None:
        super().__init__(sock, disabled_algorithms=DISABLED_ALGORITHMS)
        self.exit_signals: dict[int, str] = {}  # by channel
        self.refused: set[int] = set()
        self.algorithms: dict[str, list[str]] = {}  # by what they are for
        read_message = self.packetizer.read_message

        def noting() -> tuple[int, paramiko.Message]:
            kind, message = read_message()
            heard()
            if kind in (MSG_CHANNEL_REQUEST, MSG_CHANNEL_FAILURE):
                self._note(kind, paramiko.Message(message.asbytes()))
            elif kind == MSG_KEXINIT:
                self.algorithms = _algorithms(paramiko.Message(message.asbytes()))
            return kind, message

        self.packetizer.read_message = noting  # type: ignore[method-assign]

    def ask_every(self, seconds: float) -> None:
        """Ask the server for a sign of life, when nothing else was sent for some seconds.

        It answers that it does not know the request, as to OpenSSH's client; paramiko's own
        keepalive wants no answer (RFC 4254 section 4).
        """
        request = paramiko.Message()
        request.add_byte(cMSG_GLOBAL_REQUEST)
        request.add_string("keepalive@openssh.com")
        request.add_boolean(True)  # an answer is wanted
        send = self._send_user_message  # type: ignore[attr-defined]
        self.packetizer.set_keepalive(seconds, lambda: send(request))

    def forget(self, channel: paramiko.Channel) -> None:
        """Drop what was noted of a channel that is closed."""
        self.exit_signals.pop(channel.chanid, None)
        self.refused.discard(channel.chanid)

    def _note(self, kind: int, message: paramiko.Message) -> None:
        channel = message.get_int()
        if kind == MSG_CHANNEL_FAILURE:
            self.refused.add(channel)
        elif message.get_text() == "exit-signal":
            message.get_boolean()
            self.exit_signals[channel] = message.get_text()


def _algorithms(message: paramiko.Message) -> dict[str, list[str]]:
    """Return the server's lists of a key exchange's first message."""
    message.get_bytes(16)  # the cookie
    key_exchange, host_key, _, cipher, _, mac = (message.get_list() for _ in range(6))
    return {"key exchange": key_exchange, "host key": host_key, "cipher": cipher, "MAC": mac}


class Channels:
    """A pool of at most PARALLEL_CHANNELS channels, for several threads.

    The one that was opened ahead counts. If the server refuses to open one ahead, none is
    asked for again.
    """

    def __init__(self, transport: Transport, sleep: Callable[[float], None]) -> None:
        self._transport = transport
        self._sleep = sleep
        # A signal cannot leave a lock taken at ``with``, but it can a condition.
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self._free = PARALLEL_CHANNELS
        self._ahead: Future[paramiko.Channel] | None = None
        self._used = False
        self._prefetching = False  # there is one, or it is not known yet that it is good

    def take(self, due_in: Callable[[], float]) -> paramiko.Channel:
        """Return an open channel; ``release`` gives its place back.

        Raises TimeoutError when none became free, SSHException when the server did not open it.
        """
        with self._lock:
            if not self._condition.wait_for(lambda: self._ahead or self._free, due_in()):
                raise TimeoutError
            ahead, self._ahead = self._ahead, None
            self._free -= ahead is None
        with contextlib.ExitStack() as failing:
            failing.callback(self.release)
            channel = (ahead and self._opened(ahead, due_in())) or self._open(due_in)
            failing.pop_all()
            return channel

    def _opened(self, ahead: Future[paramiko.Channel], seconds: float) -> paramiko.Channel | None:
        """Return the channel that was opened ahead, None if it cannot be used."""
        try:
            channel = ahead.result(min(seconds, threading.TIMEOUT_MAX))
        except TimeoutError as error:
            raise paramiko.SSHException("no answer") from error
        except paramiko.SSHException:
            if not self._transport.is_active():
                raise
            return None
        if channel.closed and self._transport.is_active():
            return None
        self._prefetching = False
        return channel

    def _open(self, due_in: Callable[[], float]) -> paramiko.Channel:
        patience = REAPED_SECONDS if self._used else 0.0
        while True:
            try:
                channel = self._transport.open_session(timeout=due_in())
            except paramiko.ChannelException:
                if patience <= 0 or due_in() == 0:
                    raise
                self._sleep(REAPING_SECONDS)
                patience -= REAPING_SECONDS
            else:
                self._used = True
                return channel

    def prefetch(self) -> None:
        """Open the next channel, on a thread, if there is a place for it."""
        if _CLOSES_WAITING.match(self._transport.remote_version or ""):
            return
        with self._lock:
            if self._prefetching or not self._free:
                return
            self._prefetching = True
            self._free -= 1
            self._ahead = Future()
            # Not a pool's: a program waits for that at its end, even for one that is stuck.
            opener = threading.Thread(target=self._open_ahead, args=(self._ahead,), daemon=True)
            opener.start()
            self._condition.notify()

    def _open_ahead(self, ahead: Future[paramiko.Channel]) -> None:
        try:
            ahead.set_result(self._transport.open_session())
        except Exception as error:  # the thread that takes the channel raises it
            ahead.set_exception(error)

    def release(self) -> None:
        """Give a channel's place back."""
        with self._lock:
            self._free += 1
            self._condition.notify()
