"""tcpdump(1): captures from an interface's tap, to text or to a capture file.

On a lagg the tap sees what the stack sends and receives, and the LACPDUs that arrive, but
not those that leave: they go to the port directly (ieee8023ad_lacp.c).

Of pcap-filter(7) it knows ``ether proto NUMBER``; anything else is a syntax error, never a
filter that means something else. Of the frames it describes the slow protocols; of others
it prints the Ethernet header.
"""

from __future__ import annotations

import struct
from collections import deque
from datetime import UTC, datetime

from lagg_tool.simulator.kernel.flags import Direction
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.system.numbers import integer
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal
from lagg_tool.wire import pcap
from lagg_tool.wire.ethernet import Ethernet, EtherType, mac_text

USAGE = """\
Usage: tcpdump [-aAbdDefhHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ]
\t\t[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
\t\t[ -i interface ] [ -j tstamptype ] [ -M secret ] [ --number ]
\t\t[ -Q in|out|inout ]
\t\t[ -r file ] [ -s snaplen ] [ --time-stamp-precision precision ]
\t\t[ --immediate-mode ] [ -T type ] [ --version ] [ -V file ]
\t\t[ -w file ] [ -W filecount ] [ -y datalinktype ] [ -z postrotate-command ]
\t\t[ -Z user ] [ expression ]
"""
SNAPLEN = 262144
SLOW_NAMES = {1: "LACP", 2: "MARKER"}


def _compile(process: Process, expression: list[str]) -> int | None:
    """Return the EtherType that passes, None for all. Raises Exit."""
    if not expression:
        return None
    number = integer("".join(expression[2:3])) if expression[:2] == ["ether", "proto"] else None
    if number is None or len(expression) > 3:
        fail(process, "syntax error", "")
    return number


def describe(frame: Ethernet, length: int) -> str:
    """Return tcpdump's line for a frame (4.9.3, as in FreeBSD 13.2), without the time."""
    payload = frame.payload
    if frame.ethertype == EtherType.SLOW and len(payload) > 1 and payload[0] in SLOW_NAMES:
        return f"{SLOW_NAMES[payload[0]]}v{payload[1]}, length {len(payload)}"
    return (
        f"{mac_text(frame.src)} > {mac_text(frame.dst)}, "
        f"ethertype Unknown (0x{frame.ethertype:04x}), length {length}: "
    )


def hexadecimal(data: bytes) -> str:
    """Return the lines of ``-x``: an offset, and words of two bytes, eight a line."""
    lines = []
    for offset in range(0, len(data), 16):
        row = data[offset : offset + 16]
        words = " ".join(row[at : at + 2].hex() for at in range(0, len(row), 2))
        lines.append(f"\t0x{offset:04x}:  {words}\n")
    return "".join(lines)


class Capture:
    """One run: the tap, the filter, and what is printed or written."""

    def __init__(self, process: Process, interface: Interface, options: Options) -> None:
        self.process = process
        self.interface = interface
        self.ethertype = _compile(process, options.words)
        count = options.value("c", "0")
        if not count.isdecimal():
            fail(process, f"invalid packet count {count}", "")
        self.limit = int(count)
        self.binary = "w" in options
        self.verbose = "v" in options
        self.stamped = "t" not in options
        self.dumps = sum(letter == "x" for letter, _ in options.pairs)
        self.direction = {"in": Direction.IN, "out": Direction.OUT}.get(options.value("Q"))
        self.received = 0
        self.captured = 0
        self.interrupted = False
        self._waiting: deque[tuple[float, bytes]] = deque()

    def tap(self, frame: bytes, direction: Direction) -> None:
        """Take a frame that passes the interface."""
        self.received += 1
        if self.direction not in {None, direction}:
            return
        parsed = Ethernet.parse(frame)
        if parsed is not None and self.ethertype in {None, parsed.ethertype}:
            self._waiting.append((self.process.system.wall_time(), frame))

    def interrupt(self, signal: Signal) -> None:
        """End the capture."""
        del signal
        self.interrupted = True

    def inform(self, signal: Signal) -> None:
        """Say what was counted so far, and go on (info() in tcpdump.c)."""
        del signal
        self._take()
        self.process.err("tcpdump: " + ", ".join(self.counts()) + "\n")

    async def run(self) -> None:
        """Capture until the count is reached or a signal comes."""
        self.process.handlers[Signal.INFO] = self.inform
        self.process.endless = not self.limit
        for signal in (Signal.INT, Signal.TERM, Signal.HUP):
            self.process.handlers[signal] = self.interrupt
        if self.binary:
            self.process.out(pcap.write([]))
        while not self.interrupted and not 0 < self.limit <= self.captured:
            await self.process.wait_until(lambda: bool(self._waiting) or self.interrupted)
            self._take()

    def _take(self) -> None:
        while self._waiting and not 0 < self.limit <= self.captured:
            self.captured += 1
            when, frame = self._waiting.popleft()
            self.process.out(self._record(when, frame) if self.binary else self._line(when, frame))

    def _record(self, when: float, frame: bytes) -> bytes:
        seconds, micros = divmod(round(when * 1_000_000), 1_000_000)
        return struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame

    def _line(self, when: float, frame: bytes) -> str:
        parsed = Ethernet.parse(frame)
        assert parsed is not None  # noqa: S101 - tap() has parsed it
        stamp = f"{datetime.fromtimestamp(when, UTC):%H:%M:%S.%f} " if self.stamped else ""
        text = f"{stamp}{describe(parsed, len(frame))}\n"
        if not self.dumps:
            return text
        return text + hexadecimal(frame if self.dumps > 1 else parsed.payload)

    def counts(self) -> list[str]:
        """Return the three numbers in words."""
        return [
            f"{count} packet{'' if count == 1 else 's'} {what}"
            for count, what in (
                (self.captured, "captured"),
                (self.received, "received by filter"),
                (0, "dropped by kernel"),
            )
        ]


async def tcpdump(process: Process) -> int:
    """Run tcpdump. What passes is always handed over at once, as in immediate mode."""
    process.argv = tuple(word for word in process.argv if word != "--immediate-mode")
    options = getopt(process, "c:i:nNpQ:tUvw:x", USAGE)
    name = options.value("i", next((each.name for each in process.vnet if each.up), "lo0"))
    if process.uid:
        why = f"{name}: You don't have permission to capture on that device"
        fail(process, why, "((cannot open device) /dev/bpf: Permission denied)\n")
    interface = process.vnet.find(name)
    if interface is None:
        why = f"{name}: No such device exists"
        fail(process, why, "(BIOCSETIF failed: Device not configured)\n")
    if options.value("w", "-") != "-":
        fail(process, "-w: only standard output (-) is simulated", "")
    capture = Capture(process, interface, options)
    _announce(process, capture)
    return await _capture(process, capture, promiscuous="p" not in options)


def _announce(process: Process, capture: Capture) -> None:
    newer = Behaviour.TCPDUMP_SNAPSHOT_WORDS in process.kernel.release.behaviours
    more, size = ("-v[v]...", "snapshot length") if newer else ("-v or -vv", "capture size")
    where = (
        f"listening on {capture.interface.name}, link-type EN10MB (Ethernet), "
        f"{size} {SNAPLEN} bytes\n"
    )
    if capture.binary or capture.verbose:
        process.err(f"tcpdump: {where}")
        return
    process.warn(f"verbose output suppressed, use {more} for full protocol decode")
    process.err(where)


async def _capture(process: Process, capture: Capture, *, promiscuous: bool) -> int:
    interface = capture.interface
    if promiscuous:
        interface.set_promiscuous(on=True)
    interface.taps.append(capture.tap)
    try:
        await capture.run()
    finally:
        if capture.tap in interface.taps:
            interface.taps.remove(capture.tap)
        if promiscuous:
            interface.set_promiscuous(on=False)
    if capture.interrupted and not capture.binary:
        process.out("\n")
    process.err("".join(f"{count}\n" for count in capture.counts()))
    return 0
