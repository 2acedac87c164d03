"""The SSH protocol at the client's end, with paramiko.

paramiko's own timeouts end neither ``exec_command`` nor ``recv_exit_status`` when the peer
falls silent. So every call here has one deadline, and a watchdog that shuts the socket down
when a call into paramiko has not returned by then.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import cast

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from lagg_tool.clock import SystemClock
from lagg_tool.errors import (
    DeadlineError,
    DisconnectedError,
    HostError,
    LoginError,
    UnreachableError,
    UnreadableError,
)
from lagg_tool.ssh import greeting
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.channels import Channels, Transport
from lagg_tool.ssh.greeting import Finished
from lagg_tool.ssh.hostkeys import HostKeys, OfferedKey
from lagg_tool.ssh.identities import LoginKeys
from lagg_tool.ssh.jump import Tunnel
from lagg_tool.ssh.login import log_in, reason
from lagg_tool.ssh.sending import sending
from lagg_tool.ssh.silence import Silence
from lagg_tool.ssh.stream import CHUNK, Begun, Bell, Feeder, Receiver, Streaming

# RFC 4254 section 6.10 names signals; the numbers are FreeBSD's, sys/sys/signal.h
SIGNALS = {
    "HUP": 1,
    "INT": 2,
    "QUIT": 3,
    "ILL": 4,
    "TRAP": 5,
    "ABRT": 6,
    "FPE": 8,
    "KILL": 9,
    "BUS": 10,
    "SEGV": 11,
    "SYS": 12,
    "PIPE": 13,
    "ALRM": 14,
    "TERM": 15,
    "XCPU": 24,
    "XFSZ": 25,
    "USR1": 30,
    "USR2": 31,
}
_NOT_RUN = "nothing was run; try again"
_MAY_HAVE_RUN = "the command may have run; look before you repeat it"
CLOSING_SECONDS = 2
OUTPUT_LIMIT = 64 * 1024 * 1024
KEEPALIVE_SECONDS = 1.0
# How long after its deadline a call into paramiko may last before the watchdog acts.
GRACE_SECONDS = 0.25
# One timer thread for the deadlines of all connections, from the first deadline on.
_CLOCK = SystemClock()
_PORT = "is the port that of SSH? ssh://user@host:PORT names another"


class Client:
    """One authenticated SSH connection; commands may run on it from several threads."""

    def __init__(self, address: Address, sock: socket.socket | Tunnel) -> None:
        self._address = address
        self._sock = sock
        self.silence = Silence(_CLOCK.now)
        self._transport = Transport(cast("socket.socket", sock), self.silence.end)
        self._channels = Channels(self._transport, _CLOCK.sleep)
        self.server_key: OfferedKey | None = None

    @property
    def alive(self) -> bool:
        """Whether the connection is up, as far as this end knows."""
        return self._transport.is_active()

    @property
    def server_version(self) -> str:
        """How the server names itself, such as SSH-2.0-OpenSSH_9.3."""
        return self._transport.remote_version

    def log_in(
        self,
        login: LoginKeys,
        host_keys: HostKeys,
        seconds: float,
        earlier: Sequence[OfferedKey] = (),
        password: str | None = None,
    ) -> OfferedKey | None:
        """Shake hands, check the host key, and only then log in, with a password if there is one.

        Keys of the types that were shown ``earlier`` are not asked for. Returns the server's
        key, without a login, if the pinned one may be another of its keys, for which a new
        connection is needed. Raises UnreachableError, HostKeyError or LoginError.
        """
        due = _CLOCK.now() + seconds
        with sending(), self._watchdog(due):
            self._shake_hands(host_keys, due, seconds, [key.type for key in earlier])
            offered = self._offered_key()
            if host_keys.is_pinned_other(offered) and self._has_another(offered):
                return offered
            host_keys.check(self._address, offered, earlier)
            log_in(self._transport, self._address, login, lambda: self._left(due), password)
            self._transport.ask_every(KEEPALIVE_SECONDS)
        return None

    def tunnel(self, to: Address, seconds: float) -> paramiko.Channel:
        """Return a TCP connection that this server makes to another (RFC 4254 section 7.2).

        Raises UnreachableError.
        """
        due = _CLOCK.now() + seconds
        with sending(), self._watchdog(due):
            try:
                return self._transport.open_channel(
                    "direct-tcpip", (to.host, to.port), ("127.0.0.1", 0), timeout=self._left(due)
                )
            except (paramiko.SSHException, EOFError, OSError) as error:
                raise UnreachableError(
                    f"{to}: {self._address} on the way to it makes no connection: {reason(error)}; "
                    "ProxyJump in ssh_config names it"
                ) from error

    def execute(self, line: str, stdin: bytes, seconds: float, begun: Begun) -> Finished:
        """Run a line in the user's login shell and wait for its end.

        ``begun`` tells by its output whether /bin/sh has come to what may read ``stdin``. Raises
        DeadlineError, DisconnectedError, LoginError (the server refuses commands) or
        UnreadableError (too much output). Nothing is ever sent twice.
        """
        due = _CLOCK.now() + seconds
        with sending(), self._watchdog(due), self._channel(due) as channel:
            return self._converse(channel, line, stdin, due, begun)

    def stream(
        self,
        line: str,
        seconds: float,
        stdout: Receiver,
        stderr: Receiver,
        *,
        stdin: bytes = b"",
        begun: Begun = bool,
    ) -> Streaming:
        """Start a line in the user's login shell and hand on what it writes, as it comes.

        ``seconds`` is for the start; from then on it runs until it ends or is stopped. It
        takes one of the channels. Both functions are called on a thread of the stream's.
        Raises what ``execute`` raises.
        """
        due = _CLOCK.now() + seconds
        opened = contextlib.ExitStack()
        with sending(), self._watchdog(due):
            try:
                channel = opened.enter_context(self._channel(due))
                self._start(channel, line, due)
                feeder = Feeder(channel, stdin, begun)
            except BaseException:
                opened.close()
                raise
            return Streaming(channel, self._ring_for(channel), feeder, (stdout, stderr), opened)

    def close(self) -> None:
        """End the connection; leaves no thread, timer or descriptor behind.

        paramiko waits for its thread without an end, and that for a lock which a signal may
        have left taken (see ``sending``): an interrupted program does not wait for it.
        """
        with sending():
            self._transport.packetizer.complete_handshake()  # cancels its handshake timer
            self.abort()
            closing = threading.Thread(target=self._transport.close, daemon=True)
            closing.start()
            closing.join(CLOSING_SECONDS)
            self._sock.close()
            if self._transport.is_alive():
                self._transport.join(CLOSING_SECONDS)

    def abort(self) -> None:
        """Wake every thread that waits for this peer; the connection is lost.

        Runs on the clock's thread, with its lock held, so it must not wait for anything itself.
        """
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _watchdog(self, due: float) -> Iterator[None]:
        timer = _CLOCK.call_at(due + GRACE_SECONDS, self.abort)
        try:
            yield
        finally:
            timer.cancel()

    def _left(self, due: float) -> float:
        return max(due - _CLOCK.now(), 0.0)

    def _shake_hands(
        self, host_keys: HostKeys, due: float, seconds: float, not_these: Sequence[str]
    ) -> None:
        transport = self._transport
        known = host_keys.known_types(self._address)
        options = transport.get_security_options()
        # A server has several keys: ask first for one of a type that is known here.
        options.key_types = sorted(
            (name for name in options.key_types if not _is_of(name, not_these)),
            key=lambda name: not _is_of(name, known),
        )
        # paramiko's own limits come after ours, so that there is one answer to silence.
        transport.banner_timeout = transport.handshake_timeout = seconds + 5
        try:
            transport.start_client(timeout=self._left(due))
        except IncompatiblePeer as error:
            raise UnreachableError(f"{self._address}: {self._incompatible(error)}") from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            if self._left(due) > 0:
                raise UnreachableError(
                    f"{self._address}: what answers does not complete an SSH handshake: "
                    f"{reason(error)}; {_PORT}"
                ) from error
        if not transport.initial_kex_done:
            raise UnreachableError(
                f"{self._address}: something listens there, but no SSH server answered "
                f"within {seconds:g} s; {_PORT}"
            )

    def _incompatible(self, error: IncompatiblePeer) -> str:
        """Say which algorithms the server has that this tool has not, and what it has."""
        transport = self._transport
        ours = {
            "key exchange": transport.preferred_kex,
            "host key": transport.preferred_keys,
            "cipher": transport.preferred_ciphers,
            "MAC": transport.preferred_macs,
        }
        for purpose, theirs in self._transport.algorithms.items():
            if not set(theirs) & set(ours[purpose]):
                return (
                    f"the SSH server and this tool have no algorithm in common for the {purpose}: "
                    f"the server has {', '.join(theirs)}; allow one of "
                    f"{', '.join(ours[purpose])} in its sshd_config"
                )
        return f"the SSH server and this tool do not understand each other: {error}"

    def _has_another(self, offered: OfferedKey) -> bool:
        """Tell whether the server has a host key of a type that was not asked for yet."""
        types = self._transport.get_security_options().key_types
        theirs = self._transport.algorithms.get("host key", ())
        return any(name in types and not _is_of(name, [offered.type]) for name in theirs)

    def _offered_key(self) -> OfferedKey:
        try:
            key = self._transport.get_remote_server_key()
        except paramiko.SSHException as error:
            raise UnreachableError(
                f"{self._address}: the handshake broke off; try again"
            ) from error
        self.server_key = OfferedKey(key.get_name(), key.asbytes())
        return self.server_key

    @contextlib.contextmanager
    def _channel(self, due: float) -> Iterator[paramiko.Channel]:
        """Open a channel, and close it again."""
        try:
            channel = self._channels.take(lambda: self._left(due))
        except TimeoutError as error:
            raise DeadlineError(
                f"{self._address}: no channel became free before the deadline; try again"
            ) from error
        except paramiko.ChannelException as error:
            raise HostError(
                f"{self._address}: the SSH server opens no session, or none beside those that are"
                f" open: {error.text}; raise MaxSessions in its sshd_config (10 by default)"
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._lost(error, due, _NOT_RUN) from error
        try:
            yield channel
        finally:
            with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                channel.close()
            self._transport.forget(channel)
            self._channels.release()

    def _start(self, channel: paramiko.Channel, line: str, due: float) -> None:
        try:
            channel.exec_command(line.encode("utf-8", "surrogateescape"))
        except (paramiko.SSHException, EOFError, OSError) as error:
            if channel.chanid in self._transport.refused:
                raise LoginError(
                    f"{self._address}: refuses to run commands; log in as a user, or with a key,"
                    " that may"
                ) from error
            raise self._lost(error, due, _MAY_HAVE_RUN) from error

    def _converse(
        self, channel: paramiko.Channel, line: str, stdin: bytes, due: float, begun: Begun
    ) -> Finished:
        """Run a line, feed stdin and drain both streams until the server closes the channel."""
        bell = self._ring_for(channel)
        feeder = Feeder(channel, stdin, begun)
        self._channels.prefetch()
        self._start(channel, line, due)
        stdout, stderr = bytearray(), bytearray()
        while True:
            bell.rearm()
            closed = channel.closed  # looked at before the streams: what came is read below
            while channel.recv_ready():
                piece = channel.recv(CHUNK)
                feeder.hear(piece)
                stdout += piece
            while channel.recv_stderr_ready():
                stderr += channel.recv_stderr(CHUNK)
            if len(stdout) + len(stderr) > OUTPUT_LIMIT:
                raise UnreadableError(
                    f"{self._address}: more than {OUTPUT_LIMIT >> 20} MiB of output; the rest was "
                    "not read, and the command may still be running; "
                    "look before you repeat it"
                )
            if closed:
                return Finished(self._status(channel, due), bytes(stdout), bytes(stderr))
            left = self._left(due)
            if left == 0.0:
                if begun(stdout) or not (stdin or stdout or stderr):
                    raise self._too_late()
                raise self._not_begun(greeting.said(bytes(stdout), bytes(stderr)))
            again = feeder.feed()
            left = left if again is None else min(left, again)
            bell.wait(None if left == math.inf else left)

    def _ring_for(self, channel: paramiko.Channel) -> Bell:
        """Return a bell that rings for every event on a channel."""
        bell = Bell()
        channel.in_buffer.set_event(bell)
        channel.in_stderr_buffer.set_event(bell)
        return bell

    def _status(self, channel: paramiko.Channel, due: float) -> int:
        name = self._transport.exit_signals.get(channel.chanid)
        if name is not None:
            return 128 + SIGNALS.get(name, 0)
        if channel.exit_status < 0:
            error = self._transport.get_exception()
            raise self._lost(error, due, _MAY_HAVE_RUN) from error
        return channel.exit_status

    def _lost(self, error: Exception | None, due: float, what: str) -> Exception:
        if self._left(due) == 0.0:
            return self._too_late()
        return DisconnectedError(
            f"{self._address}: the connection was lost ({reason(error)}); {what}"
        )

    def _too_late(self) -> DeadlineError:
        return DeadlineError(
            f"{self._address}: no answer within the deadline; the command may still be running; "
            "look before you repeat it"
        )

    def _not_begun(self, said: str) -> DeadlineError:
        return DeadlineError(
            f"{self._address}: the login shell did not run the command before the deadline, and"
            f" said: {said}; it may wait for an answer; log in as a user whose shell and profile"
            " ask nothing; look before you repeat it"
        )


def _is_of(algorithm: str, known: Sequence[str]) -> bool:
    return ("ssh-rsa" if algorithm.startswith("rsa-") else algorithm) in known
