"""nc of FreeBSD 13: sends what it reads by UDP, or asks for TCP; nothing here answers."""

from __future__ import annotations

import math
from ipaddress import IPv4Address

from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.streams import Stream
from lagg_tool.wire.ip import Ipv4, Protocol
from lagg_tool.wire.transport import Tcp

USAGE = """\
usage: nc [-46DdEFhklMNnrStUuvz] [-e policy] [-I length] [-i interval] [-O length]
\t  [-P proxy_username] [-p source_port] [-s source] [-T ToS]
\t  [-V rtable] [-w timeout] [-X proxy_protocol]
\t  [-x proxy_address[:port]] [destination] [port]
"""
LETTERS = "nuw:"
BUFFER = 16384  # bytes that one read takes, and one datagram carries


class Exchange:
    """What nc sends to one peer."""

    def __init__(self, process: Process, patience: float) -> None:
        self.process = process
        self.network = process.vnet
        self.patience = patience
        self._ended = False  # standard input

    def connect(self, host: IPv4Address, port: int) -> None:
        """Talk to one peer. Raises KernelError."""
        self.source = self.network.ip.source_for(host)
        self.port = self.network.sockets.ephemeral_port()
        self.peer = (host, port)

    async def run(self) -> None:
        """Pass data on until nothing has happened for as long as -w says. Raises KernelError."""
        stdin = self.process.stream(0)
        while True:
            due = self.process.now() + self.patience
            happened = await self.process.wait_until(
                lambda: self._readable(stdin),
                due,
                outside=stdin.outside and not self._ended,
            )
            if not happened:
                return
            data = await self.process.read(BUFFER)
            self._ended = not data
            if data:
                self.network.ip.send_udp(self.source, self.port, *self.peer, data)

    async def ask(self) -> None:
        """Ask for a TCP connection, and wait as long as -w says. Raises KernelError."""
        host, port = self.peer
        segment = Tcp(self.port, port, b"").encode(self.source, host)
        self.network.ip.output(Ipv4(self.source, host, Protocol.TCP, segment))
        await self.process.wait_until(lambda: False, self.process.now() + self.patience)

    def _readable(self, stdin: Stream) -> bool:
        return not self._ended and stdin.ready()


async def nc(process: Process) -> int:
    """Run nc."""
    options = getopt(process, LETTERS, USAGE)
    words = options.words
    if len(words) != 2 or not words[1].isdecimal():
        fail(process, "", USAGE)
    host = names.ipv4(words[0])
    if host is None:
        process.warn("getaddrinfo: Name does not resolve")
        return 1
    exchange = Exchange(process, float(options.value("w", "0")) or math.inf)
    try:
        exchange.connect(host, int(words[1]))
        await (exchange.run() if "u" in options else exchange.ask())
    except KernelError:
        return 1
    return 0 if "u" in options else 1
