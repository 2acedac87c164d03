"""nc(1) of FreeBSD 13 over UDP: sends what it reads, prints what comes back.

TCP is not modelled: nobody listens anywhere, so a connection is refused.
"""

from __future__ import annotations

import math
from ipaddress import IPv4Address

from lagg_tool.simulator import names
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.sockets import DatagramSocket
from lagg_tool.simulator.options import getopt
from lagg_tool.simulator.process import Process
from lagg_tool.simulator.streams import Stream

USAGE = """\
usage: nc [-46DdEFhklMNnrStUuvz] [-e policy] [-I length] [-i interval] [-O length]
\t  [-P proxy_username] [-p source_port] [-s source] [-T ToS]
\t  [-V rtable] [-w timeout] [-X proxy_protocol]
\t  [-x proxy_address[:port]] [destination] [port]
"""
LETTERS = "46DdEe:FhI:i:klMNnO:P:p:rSs:T:tUuV:vw:X:x:z"
BUFFER = 16384  # bytes that one read takes, and one datagram carries


class Exchange:
    """A socket, and both directions of the data through it."""

    def __init__(self, process: Process, patience: float) -> None:
        self.process = process
        self.network = process.vnet.network
        self.socket = DatagramSocket()
        self.patience = patience
        self._ended = False  # standard input

    def connect(self, host: IPv4Address, port: int) -> None:
        """Talk to one peer. Raises KernelError."""
        local = self.network.ip.source_for(host)
        self.network.sockets.bind(self.socket, local, 0)
        self.socket.peer = (host, port)

    async def accept(self, port: int) -> None:
        """Wait for whoever sends first, and talk to it. Raises KernelError."""
        self.network.sockets.bind(self.socket, None, port)
        await self.process.wait_until(lambda: bool(self.socket.received))
        first = self.socket.received[0]
        self.socket.peer = (first.source, first.source_port)

    async def run(self) -> None:
        """Pass data on until nothing has happened for as long as -w says. Raises KernelError."""
        stdin = self.process.stream(0)
        while True:
            due = self.process.now() + self.patience
            happened = await self.process.wait_until(
                lambda: self._arrived() or self._readable(stdin),
                due,
                outside=stdin.outside and not self._ended,
            )
            if not happened:
                return
            self.socket.take_error()
            while self.socket.received:
                self.process.out(self.socket.received.popleft().data)
            if self._readable(stdin):
                data = await self.process.read(BUFFER)
                self._ended = not data
                if data:
                    self._send(data)

    def _readable(self, stdin: Stream) -> bool:
        return not self._ended and stdin.ready()

    def _arrived(self) -> bool:
        return bool(self.socket.received) or self.socket.error is not None

    def _send(self, data: bytes) -> None:
        assert self.socket.peer is not None  # noqa: S101 -- connected or accepted
        host, port = self.socket.peer
        local = self.socket.local
        if isinstance(host, IPv4Address):
            source = local if isinstance(local, IPv4Address) else IPv4Address(0)
            self.network.ip.send_udp(source, self.socket.local_port, host, port, data)


async def nc(process: Process) -> int:
    """Run nc."""
    options = getopt(process, LETTERS, USAGE)
    patience = float(options.value("w", "0")) or math.inf
    words = options.words
    listening = "l" in options
    port = words[-1] if words else options.value("p")
    if not port.isdecimal() or len(words) < (1 if listening else 2):
        process.err(USAGE)
        return 1
    host = names.ipv4(words[0]) if not listening else IPv4Address(0)
    if host is None:
        process.warn("getaddrinfo: Name does not resolve")
        return 1
    if "u" not in options:
        return await _tcp(process, words, listening=listening, loud="v" in options)
    exchange = Exchange(process, patience)
    try:
        if listening:
            await exchange.accept(int(port))
        else:
            exchange.connect(host, int(port))
        await exchange.run()
    except KernelError as error:
        if listening or "v" in options:
            process.warn(str(error))
        return 1
    finally:
        exchange.network.sockets.close(exchange.socket)
    return 0


async def _tcp(process: Process, words: list[str], *, listening: bool, loud: bool) -> int:
    if listening:
        await process.wait_until(lambda: False)
    if loud:
        where = f"connect to {words[0]} port {words[-1]} (tcp) failed"
        process.warn(f"{where}: {Errno.ECONNREFUSED.text}")
    return 1


PROGRAMS = {"/usr/bin/nc": nc}
