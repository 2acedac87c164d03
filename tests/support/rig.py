"""A simulated NAS behind a real SSH server, reached through a wire that can be cut."""

from __future__ import annotations

import contextlib
import math
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import FREEBSD_13_2, Release
from lagg_tool.simulator.server.execution import machine
from lagg_tool.simulator.server.keys import generate_key, load_key, public_line
from lagg_tool.simulator.server.ssh import SshServer
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys


class Wire:
    """A TCP relay that counts what passes, and cuts everything at a given message.

    A message is what one end wrote at once: both ends send without delay, so that a chunk
    that arrives is a packet of SSH, or a few. ``before`` cuts without delivering it. Those who
    connect after so many ``connections`` get no answer.
    """

    def __init__(self, server: tuple[str, int], connections: float = math.inf) -> None:
        self._server = server
        self._left = connections
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listening.getsockname()[:2]
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.passed = 0
        self.cut_at = 0
        self.before = True
        self._start(self._accept)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while self._left > 0:
                near, _ = self._listening.accept()
                self._left -= 1
                far = socket.create_connection(self._server)
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._open += [near, far]
                self._start(self._relay, near, far)
                self._start(self._relay, far, near)

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                with self._lock:
                    self.passed += 1
                    cut = self.passed == self.cut_at
                if not (cut and self.before):
                    sink.sendall(data)
                if cut:
                    self.cut()
        for end in (source, sink):
            _end(end)

    def cut(self) -> None:
        """End every connection that there is."""
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            _end(end)

    def close(self) -> None:
        """End the relay and its threads."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


class Rig:
    """The NAS, its clock, and the way to it."""

    def __init__(self, nas: SimulatedNas, clock: VirtualClock, wire: Wire, trust: HostKeys) -> None:
        self.nas = nas
        self.clock = clock
        self.wire = wire
        self._trust = trust
        self.identity = Path()

    @property
    def fingerprint(self) -> str:
        """The host key as --host-key takes it."""
        assert self._trust.fingerprint is not None
        return self._trust.fingerprint

    def connect(self) -> Connection:
        """Make a connection over the wire."""
        address = Address("root", *self.wire.address)
        return Connection(address, self._trust, identities=[self.identity])

    def said(self) -> tuple[bytes, bytes]:
        """Return what the host says of itself, at runtime and for the next boot."""
        return self.nas.run("ifconfig -a").stdout, self.nas.run("cat /etc/rc.conf").stdout


KEYS = (generate_key(), generate_key())


@contextlib.contextmanager
def rig(release: Release = FREEBSD_13_2) -> Iterator[Rig]:
    """Start everything, and end it."""
    clock = VirtualClock()
    nas = SimulatedNas(clock, release)
    host_key, key = KEYS
    with contextlib.ExitStack() as closing:
        directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lagg-rig-")))
        server = closing.enter_context(
            SshServer(
                machine(nas), host_key=load_key(host_key), authorized=[public_line(load_key(key))]
            )
        )
        nas.on_reboot = server.drop_connections
        wire = Wire(server.address)
        closing.callback(wire.close)
        made = Rig(nas, clock, wire, HostKeys(files=(), fingerprint=server.fingerprint))
        made.identity = directory / "id_ed25519"
        made.identity.touch(mode=0o600)
        made.identity.write_text(key)
        yield made
