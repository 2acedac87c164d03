"""The channels of one SSH connection, one of them opened ahead of its use.

To run a command takes two round trips: open a channel, and ask for the command (RFC 4254
sections 5.1 and 6.5). A channel can be opened while the command before still runs, and nobody
need wait for the answer to the request: what follows it says the same. Then it takes one.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paramiko
from paramiko.common import (
    DEFAULT_MAX_PACKET_SIZE,
    DEFAULT_WINDOW_SIZE,
    MSG_CHANNEL_FAILURE,
    MSG_CHANNEL_OPEN,
    MSG_CHANNEL_REQUEST,
    MSG_CHANNEL_WINDOW_ADJUST,
    OPEN_FAILED_RESOURCE_SHORTAGE,
)

from lagg_tool.ssh.stream import Bell

DISABLED_ALGORITHMS = {
    "ciphers": ["3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"],
    "macs": ["hmac-md5", "hmac-md5-96", "hmac-sha1-96"],
}
# OpenSSH allows ten sessions (MaxSessions) and counts one until its child is reaped, a moment
# after the channel is closed; whoever comes later waits for a channel to become free.
PARALLEL_CHANNELS = 5
# Where it allows fewer, a channel is refused for that moment. To ask again changes nothing.
REAPED_SECONDS, REAPING_SECONDS = 1.0, 0.02
Handlers = dict[int, Callable[[paramiko.Channel, paramiko.Message], None]]

# paramiko prints tracebacks of lost connections; who called is told by an exception instead
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


@dataclass(frozen=True)
class Opening:
    """A channel that was asked for; ``answered`` is set when the server agreed or did not."""

    channel: paramiko.Channel
    answered: threading.Event


class Transport(paramiko.Transport):
    """paramiko's transport, which keeps what it forgets, and does not wait where it need not."""

    # paramiko has them, its stubs have not
    channel_events: dict[int, threading.Event]
    channels_seen: dict[int, bool]
    lock: threading.Lock
    _channels: Any
    _next_channel: Callable[[], int]
    _send_user_message: Callable[[paramiko.Message], None]

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock, disabled_algorithms=DISABLED_ALGORITHMS)
        self.bells: dict[int, Bell] = {}
        self.exit_signals: dict[int, str] = {}
        self.refused: set[int] = set()
        # paramiko looks a channel's message up here, in its Transport.run.
        self._paramiko_handlers: Handlers = vars(paramiko.Transport)["_channel_handler_table"]
        self._channel_handler_table: Handlers = {
            **self._paramiko_handlers,
            MSG_CHANNEL_REQUEST: self._on_request,
            MSG_CHANNEL_FAILURE: self._on_failure,
            MSG_CHANNEL_WINDOW_ADJUST: self._on_window,
        }

    def close(self) -> None:
        """End it, and wake those that wait for a channel, whom paramiko lets sleep on."""
        super().close()
        for answered in list(self.channel_events.values()):
            answered.set()

    def ask_for_session(self) -> Opening:
        """Ask for a session channel, as open_channel does, which then waits for the answer."""
        with self.lock:
            number = self._next_channel()
            channel: Any = paramiko.Channel(number)
            channel._set_transport(self)  # noqa: SLF001 - as open_channel does
            channel._set_window(  # noqa: SLF001 - as open_channel does
                DEFAULT_WINDOW_SIZE, DEFAULT_MAX_PACKET_SIZE
            )
            self._channels.put(number, channel)
            self.channel_events[number] = answered = threading.Event()
            self.channels_seen[number] = True
        message = paramiko.Message()
        message.add_byte(bytes([MSG_CHANNEL_OPEN]))
        message.add_string("session")
        message.add_int(number)
        message.add_int(DEFAULT_WINDOW_SIZE)
        message.add_int(DEFAULT_MAX_PACKET_SIZE)
        self._send_user_message(message)
        if not self.is_active():  # it ended before it could learn of this channel
            answered.set()
        return Opening(channel, answered)

    def opened(self, opening: Opening, seconds: float) -> paramiko.Channel:
        """Wait for the answer. Raises SSHException: ChannelException where it is no."""
        if not opening.answered.wait(seconds):
            raise paramiko.SSHException("no answer")
        if opening.channel.closed and self.is_active():
            raise paramiko.ChannelException(OPEN_FAILED_RESOURCE_SHORTAGE, "closed while unused")
        if not opening.channel.active or opening.channel.closed:
            raise self.get_exception() or paramiko.SSHException("the connection ended")
        return opening.channel

    def ask_to_run(self, channel: paramiko.Channel, line: bytes) -> None:
        """Ask for a command, as exec_command does, which then waits for the answer.

        Where the answer is no, the channel is closed and in ``refused``.
        """
        message = paramiko.Message()
        message.add_byte(bytes([MSG_CHANNEL_REQUEST]))
        message.add_int(channel.remote_chanid)
        message.add_string("exec")
        message.add_boolean(True)
        message.add_string(line)
        self._send_user_message(message)

    def forget(self, channel: paramiko.Channel) -> None:
        """Drop what was kept for a channel that is done with."""
        self.bells.pop(channel.chanid, None)
        self.exit_signals.pop(channel.chanid, None)
        self.refused.discard(channel.chanid)

    def _on_request(self, channel: paramiko.Channel, message: paramiko.Message) -> None:
        start = message.packet.tell()
        if message.get_text() == "exit-signal":
            message.get_boolean()
            self.exit_signals[channel.chanid] = message.get_text()
            return
        message.packet.seek(start)
        self._paramiko_handlers[MSG_CHANNEL_REQUEST](channel, message)

    def _on_failure(self, channel: paramiko.Channel, message: paramiko.Message) -> None:
        self.refused.add(channel.chanid)
        self._paramiko_handlers[MSG_CHANNEL_FAILURE](channel, message)

    def _on_window(self, channel: paramiko.Channel, message: paramiko.Message) -> None:
        self._paramiko_handlers[MSG_CHANNEL_WINDOW_ADJUST](channel, message)
        if bell := self.bells.get(channel.chanid):
            bell.set()


class Channels:
    """Gives out channels to several threads, as many at once as a server stands.

    The one that was opened ahead counts. Where the server does not give one ahead, none is
    asked for again.
    """

    def __init__(self, transport: Transport, sleep: Callable[[float], None]) -> None:
        self._transport = transport
        self._sleep = sleep
        self._condition = threading.Condition()
        self._free = PARALLEL_CHANNELS
        self._ahead: Opening | None = None
        self._used = False
        self._foreseen = False  # there is one, or was until it is clear that it is good

    def take(self, due_in: Callable[[], float]) -> paramiko.Channel:
        """Return an open channel; ``release`` gives its place back.

        Raises TimeoutError when none became free, SSHException when the server did not open it.
        """
        with self._condition:
            if not self._condition.wait_for(lambda: self._ahead or self._free, due_in()):
                raise TimeoutError
            opening, self._ahead = self._ahead, None
            self._free -= opening is None
        with contextlib.ExitStack() as opened:
            opened.callback(self.release)
            if opening is not None:
                with contextlib.suppress(paramiko.ChannelException):
                    channel = self._transport.opened(opening, due_in())
                    self._foreseen = False
                    opened.pop_all()
                    return channel
            channel = self._open(due_in)
            opened.pop_all()
            return channel

    def _open(self, due_in: Callable[[], float]) -> paramiko.Channel:
        patience = REAPED_SECONDS if self._used else 0.0
        while True:
            try:
                channel = self._transport.opened(self._transport.ask_for_session(), due_in())
            except paramiko.ChannelException:
                if patience <= 0 or due_in() == 0:
                    raise
                self._sleep(REAPING_SECONDS)
                patience -= REAPING_SECONDS
            else:
                self._used = True
                return channel

    def foresee(self) -> None:
        """Ask for the next channel, if there is a place for it."""
        with self._condition:
            if self._foreseen or not self._free:
                return
            self._foreseen = True
            self._free -= 1
        opening = self._transport.ask_for_session()
        with self._condition:
            self._ahead = opening
            self._condition.notify()

    def release(self) -> None:
        """Give a channel's place back."""
        with self._condition:
            self._free += 1
            self._condition.notify()
