"""The SSH server in front of the simulated NAS, by paramiko.

It speaks to any client that a NAS's own sshd would speak to: exec, shell, pty, standard
input, exit statuses; no passwords, no sftp, no forwarding. Each session has its threads,
so that none waits for another.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Self

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EOF,
    MSG_CHANNEL_REQUEST,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_FAILED_RESOURCE_SHORTAGE,
    OPEN_SUCCEEDED,
)

from lagg_tool.errors import UsageError
from lagg_tool.evidence import SIMULATED_SERVER
from lagg_tool.simulator.server.cable import Cable
from lagg_tool.simulator.server.keys import public_blob
from lagg_tool.simulator.server.session import Execution, Machine, Session

Handlers = dict[int, Callable[[paramiko.Channel, paramiko.Message], None]]
MAX_SESSIONS = 64  # per connection; OpenSSH has 10, which nobody here needs to run into
STALL_SECONDS = 0.05  # how often a stalled connection looks whether the network is back
# RFC 4254 section 6.10
SIGNAL_NAMES = {2: "INT", 3: "QUIT", 6: "ABRT", 9: "KILL", 11: "SEGV", 13: "PIPE", 15: "TERM"}
NAS_ADDRESS, CLIENT_ADDRESS, SSH_PORT = "10.0.2.15", "10.0.2.2", 22  # as in the recordings

logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class SshServer:
    """Listens on an address of this machine, loopback unless told otherwise.

    ``authorized`` are public keys as in authorized_keys; ``reachable`` says whether packets
    to the simulated NAS's own address would arrive: while they would not, connections stall
    and new ones get no answer.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        host_key: paramiko.PKey,
        authorized: Sequence[str],
        reachable: Callable[[], bool] = lambda: True,
        address: tuple[str, int] = ("127.0.0.1", 0),
        users: Sequence[str] = ("root",),
    ) -> None:
        self.machine = machine
        self.host_key = host_key
        self.reachable = reachable
        self.users = tuple(users)
        self.authorized = frozenset(public_blob(line) for line in authorized)
        self._connections: set[_Connection] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener = _listen(address)
        self._wake_in, self._wake_out = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="sshd", daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    @property
    def fingerprint(self) -> str:
        """The host key as clients pin it."""
        return str(self.host_key.fingerprint)

    def drop_connections(self) -> Sequence[threading.Thread]:
        """End every connection at once, as a reboot does; return their threads.

        New connections are welcome.
        """
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.end()
        return connections

    def close(self) -> None:
        """Stop listening, end all sessions, and wait for all threads; again does nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._wake_in.send(b"x")
        self._thread.join()
        for connection in self.drop_connections():
            connection.join()
        for sock in (self._listener, self._wake_in, self._wake_out):
            sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def forget(self, connection: _Connection) -> None:
        """Drop a connection that has ended."""
        with self._lock:
            self._connections.discard(connection)

    def stalled(self) -> bool:
        """Whether packets get through now; if not, wait a little before telling so."""
        if self.reachable():
            return False
        self._closing.wait(STALL_SECONDS)
        return True

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake_out, selectors.EVENT_READ)
            while not self._closing.is_set():
                selector.select()
                if self._closing.is_set() or self.stalled():
                    continue
                with contextlib.suppress(OSError):  # the client gave up meanwhile
                    self._begin(*self._listener.accept())

    def _begin(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(self, sock, peer[1])
        with self._lock:
            self._connections.add(connection)
        connection.begin()


class _Connection(paramiko.Transport):
    """One connection: its sessions by channel number.

    paramiko's server would let a command's output overtake the reply to the request that
    started it, and then the client loses the channel; so a session starts after the reply.
    """

    # paramiko has it, its stubs have not
    _send_user_message: Callable[[paramiko.Message], None]

    def __init__(self, server: SshServer, sock: socket.socket, client_port: int) -> None:
        self._cable = Cable(sock, server.stalled)
        super().__init__(self._cable)
        self.local_version = f"SSH-2.0-{SIMULATED_SERVER}"
        self.name = f"sshd-{client_port}"
        self.server = server
        self.client_port = client_port
        self.sessions: dict[int, Session] = {}
        self._threads: set[threading.Thread] = set()
        handlers: Handlers = vars(paramiko.Transport)["_channel_handler_table"]
        self._paramiko_handlers = handlers
        self._channel_handler_table: Handlers = {
            **handlers,
            MSG_CHANNEL_REQUEST: self._on_request,
            MSG_CHANNEL_DATA: self._on_data,
            MSG_CHANNEL_EOF: self._on_eof,
            MSG_CHANNEL_CLOSE: self._on_close,
        }
        self.add_server_key(server.host_key)

    def begin(self) -> None:
        """Start to speak; returns at once."""
        self.start_server(event=threading.Event(), server=_Policy(self))

    def run(self) -> None:
        """Serve until the connection ends; then end its sessions."""
        try:
            super().run()
        finally:
            for session in list(self.sessions.values()):
                session.hang_up()
            for thread in list(self._threads):
                thread.join()
            self.packetizer.complete_handshake()  # cancels paramiko's handshake timer
            self._cable.close()
            self.server.forget(self)

    def end(self) -> None:
        """Cut the connection; does not wait."""
        self._cable.cut()

    def _queue_incoming_channel(self, channel: paramiko.Channel) -> None:
        user = self.get_username() or ""
        self.sessions[channel.chanid] = Session(self.server.machine, channel, user)

    def _on_request(self, channel: paramiko.Channel, message: paramiko.Message) -> None:
        session = self.sessions.get(channel.chanid)
        before = session.execution if session is not None else None
        self._paramiko_handlers[MSG_CHANNEL_REQUEST](channel, message)
        if session is not None and session.execution is not None and before is None:
            thread = threading.Thread(
                target=self._serve,
                args=(channel, session, session.execution),
                name=f"{self.name}-{channel.chanid}",
                daemon=True,
            )
            self._threads.add(thread)
            thread.start()

    def _on_data(self, channel: paramiko.Channel, message: paramiko.Message) -> None:
        self._paramiko_handlers[MSG_CHANNEL_DATA](channel, message)
        session = self.sessions.get(channel.chanid)
        while session is not None and channel.recv_ready():
            session.typed(channel.recv(65536))

    def _on_eof(self, channel: paramiko.Channel, message: paramiko.Message) -> None:
        self._paramiko_handlers[MSG_CHANNEL_EOF](channel, message)
        if session := self.sessions.get(channel.chanid):
            session.input_ended()

    def _on_close(self, channel: paramiko.Channel, message: paramiko.Message) -> None:
        self._paramiko_handlers[MSG_CHANNEL_CLOSE](channel, message)
        if session := self.sessions.pop(channel.chanid, None):
            session.hang_up()

    def _serve(self, channel: paramiko.Channel, session: Session, execution: Execution) -> None:
        sender = threading.Thread(
            target=session.outlet.run, name=f"{self.name}-{channel.chanid}-out", daemon=True
        )
        sender.start()
        try:
            status = execution.run()
            session.outlet.end()
            sender.join()
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                self._report(channel, status)
        finally:
            session.outlet.abandon()
            sender.join()
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                channel.close()
            self.sessions.pop(channel.chanid, None)
            self._threads.discard(threading.current_thread())

    def _report(self, channel: paramiko.Channel, status: int) -> None:
        """Tell the client how it ended: a status, or the signal -status (RFC 4254 6.10)."""
        if status >= 0:
            channel.send_exit_status(status)
            return
        message = paramiko.Message()
        message.add_byte(bytes([MSG_CHANNEL_REQUEST]))
        message.add_int(channel.remote_chanid)
        message.add_string("exit-signal")
        message.add_boolean(False)
        message.add_string(SIGNAL_NAMES.get(-status, "TERM"))
        message.add_boolean(False)
        message.add_string("")
        message.add_string("")
        self._send_user_message(message)


class _Policy(paramiko.ServerInterface):
    """What a client may ask for; everything else paramiko's base class refuses."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        server = self._connection.server
        known = username in server.users and key.asbytes() in server.authorized
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del chanid
        if kind != "session":
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        if len(self._connection.sessions) >= MAX_SESSIONS:
            return OPEN_FAILED_RESOURCE_SHORTAGE
        return OPEN_SUCCEEDED

    def check_channel_pty_request(  # noqa: PLR0917 - paramiko's signature
        self,
        channel: paramiko.Channel,
        term: bytes,
        width: int,
        height: int,
        pixelwidth: int,
        pixelheight: int,
        modes: bytes,
    ) -> bool:
        del width, height, pixelwidth, pixelheight, modes
        session = self._connection.sessions.get(channel.chanid)
        if session is None or session.execution is not None:
            return False
        session.terminal = term.decode(errors="replace")
        return True

    def check_channel_window_change_request(
        self, channel: paramiko.Channel, width: int, height: int, pixelwidth: int, pixelheight: int
    ) -> bool:
        del channel, width, height, pixelwidth, pixelheight
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        return self._start(channel, "")

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        return self._start(channel, command.decode("utf-8", "surrogateescape"))

    def _start(self, channel: paramiko.Channel, command: str) -> bool:
        session = self._connection.sessions.get(channel.chanid)
        if session is None or session.execution is not None:
            return False
        client = f"{CLIENT_ADDRESS} {self._connection.client_port}"
        environment = {
            "SSH_CLIENT": f"{client} {SSH_PORT}",
            "SSH_CONNECTION": f"{client} {NAS_ADDRESS} {SSH_PORT}",
        }
        if session.terminal is not None:
            environment |= {"TERM": session.terminal, "SSH_TTY": "/dev/pts/0"}
        session.begin(command, environment)
        return True


def _listen(address: tuple[str, int]) -> socket.socket:
    try:
        return socket.create_server(address, backlog=128)
    except OSError as error:
        host, port = address
        raise UsageError(
            f"--ssh-port {port}: cannot listen on {host}: {error.strerror}; choose another, or 0"
            " for a free one"
        ) from error
