"""tcpdump(1): captures from an interface's tap, to text or to a capture file.

On a lagg the tap sees what the stack sends and receives, and the LACPDUs that arrive, but
not those that leave: they go to the port directly (ieee8023ad_lacp.c).
"""

from __future__ import annotations

import struct
from collections import deque
from datetime import UTC, datetime

from lagg_tool.simulator.kernel.interface import Direction, Interface
from lagg_tool.simulator.programs.options import Options, getopt
from lagg_tool.simulator.programs.tcpdump.filter import FilterError, Seen, compile_filter
from lagg_tool.simulator.programs.tcpdump.text import dumped, line
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.system.filesystem import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal
from lagg_tool.wire import pcap

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
LETTERS = "aAbB:c:C:dDeE:fF:G:hHi:IJj:KlLM:nNOpqQ:r:s:StT:uUvV:w:W:xXy:z:Z:#"
SNAPLEN = 262144
BUFFER = 4096  # what stdio keeps back, unless told otherwise


class Capture:
    """One run: the tap, the filter, and what is printed or written."""

    def __init__(self, process: Process, interface: Interface, options: Options) -> None:
        self.process = process
        self.interface = interface
        self.options = options
        self.passes = compile_filter(" ".join(options.words))
        self.snaplen = int(options.value("s", "0")) or SNAPLEN
        self.limit = int(options.value("c", "0"))
        self.received = 0
        self.captured = 0
        self.interrupted = False
        self._waiting: deque[tuple[float, Seen]] = deque()
        self._buffer = bytearray()

    @property
    def binary(self) -> bool:
        """Whether frames are written instead of printed."""
        return "w" in self.options

    def tap(self, frame: bytes, direction: Direction) -> None:
        """Take a frame that passes the interface."""
        self.received += 1
        wanted = {"in": Direction.IN, "out": Direction.OUT}.get(self.options.value("Q"))
        if wanted not in {None, direction}:
            return
        seen = Seen.of(frame, outbound=direction is Direction.OUT)
        if seen is not None and self.passes(seen):
            self._waiting.append((self.process.system.wall_time(), seen))

    def interrupt(self, signal: Signal) -> None:
        """End the capture."""
        del signal
        self.interrupted = True

    def inform(self, signal: Signal) -> None:
        """Say what was counted so far, and go on (info() in tcpdump.c)."""
        del signal
        self._take()
        self.process.err("tcpdump: " + ", ".join(self._counts()) + "\n")

    async def run(self) -> None:
        """Capture until the count is reached or a signal comes."""
        self.process.handlers[Signal.INFO] = self.inform
        self.process.endless = not self.limit
        for signal in (Signal.INT, Signal.TERM, Signal.HUP):
            self.process.handlers[signal] = self.interrupt
        if self.binary:
            self._put(pcap.write([]), at_once="U" in self.options)
        while not self.interrupted and not 0 < self.limit <= self.captured:
            await self.process.wait_until(lambda: bool(self._waiting) or self.interrupted)
            self._take()

    def _take(self) -> None:
        while self._waiting and not 0 < self.limit <= self.captured:
            self._handle(*self._waiting.popleft())

    def _handle(self, when: float, seen: Seen) -> None:
        self.captured += 1
        if self.binary:
            self._put(self._record(when, seen.frame), at_once="U" in self.options)
        else:
            self._put(self._text(when, seen).encode(), at_once="l" in self.options)

    def _record(self, when: float, frame: bytes) -> bytes:
        seconds, micros = divmod(round(when * 1_000_000), 1_000_000)
        kept = frame[: self.snaplen]
        return struct.pack("<IIII", seconds, micros, len(kept), len(frame)) + kept

    def _text(self, when: float, seen: Seen) -> str:
        count = sum(letter == "t" for letter, _ in self.options.pairs)
        at = datetime.fromtimestamp(when, UTC)
        stamp = {0: f"{at:%H:%M:%S.%f} ", 4: f"{at:%Y-%m-%d %H:%M:%S.%f} "}.get(count, "")
        text = stamp + line(seen, link="e" in self.options) + "\n"
        dumps = sum(letter in "xX" for letter, _ in self.options.pairs)
        return text + (dumped(seen, link=dumps > 1) if dumps else "")

    def _put(self, data: bytes, *, at_once: bool) -> None:
        self._buffer += data
        if at_once or len(self._buffer) >= BUFFER:
            self.flush()

    def flush(self) -> None:
        """Hand on what was kept back."""
        data, self._buffer = bytes(self._buffer), bytearray()
        if data:
            self.process.write(3 if self.binary and self.options.value("w") != "-" else 1, data)

    def summary(self) -> str:
        """Return the three lines at the end."""
        return "".join(f"{count}\n" for count in self._counts())

    def _counts(self) -> list[str]:
        return [
            f"{count} packet{'' if count == 1 else 's'} {what}"
            for count, what in (
                (self.captured, "captured"),
                (self.received, "received by filter"),
                (0, "dropped by kernel"),
            )
        ]


def _refuse(process: Process, message: str) -> int:
    process.warn(message)
    return 1


async def tcpdump(process: Process) -> int:  # noqa: PLR0911 - one for each complaint
    """Run tcpdump. What passes is always handed over at once, as in immediate mode."""
    process.argv = tuple(word for word in process.argv if word != "--immediate-mode")
    options = getopt(process, LETTERS, USAGE)
    first = next((each.name for each in process.vnet if each.up), "lo0")
    name = options.value("i", first)
    if "D" in options:
        for number, each in enumerate(process.vnet, 1):
            process.out(f"{number}.{each.name}\n")
        return 0
    if process.uid:
        why = f"{name}: You don't have permission to capture on that device"
        return _refuse(process, f"{why}\n((cannot open device) /dev/bpf: Permission denied)")
    interface = process.vnet.find(name)
    if interface is None:
        why = f"{name}: No such device exists"
        return _refuse(process, f"{why}\n(BIOCSETIF failed: Device not configured)")
    try:
        capture = Capture(process, interface, options)
    except FilterError as error:
        return _refuse(process, str(error))
    except ValueError:
        return _refuse(process, f"invalid packet count {options.value('c')}")
    path = options.value("w", "-")
    if path != "-":
        try:
            process.set_stream(3, process.system.opener.open(process.path(path), "w"))
        except FileError as error:
            return _refuse(process, f"{path}: {error}")
    _announce(process, capture)
    return await _capture(process, capture)


def _announce(process: Process, capture: Capture) -> None:
    newer = Behaviour.TCPDUMP_SNAPSHOT_WORDS in process.kernel.release.behaviours
    more, size = ("-v[v]...", "snapshot length") if newer else ("-v or -vv", "capture size")
    where = (
        f"listening on {capture.interface.name}, link-type EN10MB (Ethernet), "
        f"{size} {capture.snaplen} bytes\n"
    )
    if capture.binary or "v" in capture.options:
        process.err(f"tcpdump: {where}")
        return
    process.warn(f"verbose output suppressed, use {more} for full protocol decode")
    process.err(where)


async def _capture(process: Process, capture: Capture) -> int:
    interface, promiscuous = capture.interface, "p" not in capture.options
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
    capture.flush()
    if capture.interrupted and not capture.binary:
        process.out("\n")
    process.err(capture.summary())
    return 0
