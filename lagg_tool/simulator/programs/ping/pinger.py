"""What ping(8) does for both families: options, timing, statistics (sbin/ping)."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit, Signal

EX_USAGE, EX_NOHOST, EX_NOPERM = 64, 68, 77
STAMP = struct.Struct("!II")  # struct tv32: seconds and nanoseconds of CLOCK_MONOTONIC
MAX_ALARM = 3600


@dataclass
class Statistics:
    """What ping counts, and how it sums it up; times in milliseconds."""

    transmitted: int = 0
    received: int = 0
    repeats: int = 0
    late: int = 0
    times: list[float] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def reply(self, sequence: int, milliseconds: float | None) -> bool:
        """Count a reply; tell whether it is a duplicate."""
        if milliseconds is not None:
            self.times.append(milliseconds)
        if sequence in self.seen:
            self.repeats += 1
            return True
        self.seen.add(sequence)
        self.received += 1
        return False

    def lines(self, deviation: str) -> str:
        """Return the lines of the summary; ``deviation`` is the word for it."""
        text = f"{self.transmitted} packets transmitted, {self.received} packets received, "
        if self.repeats:
            text += f"+{self.repeats} duplicates, "
        if self.transmitted:
            if self.received > self.transmitted:
                text += "-- somebody's printing up packets!"
            else:
                lost = (self.transmitted - self.received) * 100.0 / self.transmitted
                text += f"{lost:.1f}% packet loss"
        if self.late:
            text += f", {self.late} packets out of wait time"
        text += "\n"
        if self.received and self.times:
            text += f"round-trip min/avg/max/{deviation} = {self.round_trip()} ms\n"
        return text

    def round_trip(self) -> str:
        """Return minimum, average, maximum and deviation."""
        count = len(self.times)
        average = sum(self.times) / count
        variance = sum(time * time for time in self.times) / count - average * average
        deviation = math.sqrt(max(variance, 0.0))
        return f"{min(self.times):.3f}/{average:.3f}/{max(self.times):.3f}/{deviation:.3f}"


@dataclass
class Settings:
    """What the command line asks for; times in seconds."""

    count: int = 0
    interval: float = 1.0
    wait: float = 10.0
    wait_given: bool = False
    alarm: float = math.inf
    size: int = 56
    source: str = ""
    quiet: bool = False
    dont_fragment: bool = False


def refuse(process: Process, status: int, message: str) -> Exit:
    """Say what is wrong and return the exception that ends the program (errx)."""
    process.warn(message)
    return Exit(status)


def parse_settings(process: Process, found: list[tuple[str, str]], limit: int) -> Settings:
    """Make settings of options; ``limit`` is the largest payload. Raises Exit."""
    settings = Settings()
    for letter, text in found:
        reader = _READERS.get(letter)
        if reader is not None:
            reader(process, settings, text)
    if settings.size > limit:
        raise refuse(process, EX_USAGE, f"packet size too large: {settings.size} > {limit}")
    return settings


def _count(process: Process, settings: Settings, text: str) -> None:
    value = integer(text)
    if value is None or value <= 0:
        raise refuse(process, EX_USAGE, f"invalid count of packets to transmit: `{text}'")
    settings.count = value


def _interval(process: Process, settings: Settings, text: str) -> None:
    value = number(text)
    if value is None or not value * 1000 <= 0x7FFFFFFF:
        raise refuse(process, EX_USAGE, f"invalid timing interval: `{text}'")
    if process.uid and value < 1:
        raise refuse(process, EX_NOPERM, "-i interval too short: Operation not permitted")
    settings.interval = max(int(value * 1000), 1) / 1000


def _wait(process: Process, settings: Settings, text: str) -> None:
    value = number(text)
    if value is None or not value <= 0x7FFFFFFF:
        raise refuse(process, EX_USAGE, f"invalid timing interval: `{text}'")
    settings.wait, settings.wait_given = int(value) / 1000, True


def _alarm(process: Process, settings: Settings, text: str) -> None:
    value = integer(text)
    if value is None or value < 1:
        raise refuse(process, EX_USAGE, f"invalid timeout: `{text}'")
    if value > MAX_ALARM:
        raise refuse(process, EX_USAGE, f"invalid timeout: `{text}' > {MAX_ALARM}")
    settings.alarm = value


def _size(process: Process, settings: Settings, text: str) -> None:
    value = integer(text)
    if value is None or value < 0:
        raise refuse(process, EX_USAGE, f"invalid packet size: `{text}'")
    settings.size = value


def _source(process: Process, settings: Settings, text: str) -> None:
    del process
    settings.source = text


def _quiet(process: Process, settings: Settings, text: str) -> None:
    del process, text
    settings.quiet = True


def _dont_fragment(process: Process, settings: Settings, text: str) -> None:
    del process, text
    settings.dont_fragment = True


_READERS = {
    "c": _count,
    "i": _interval,
    "W": _wait,
    "t": _alarm,
    "s": _size,
    "S": _source,
    "q": _quiet,
    "D": _dont_fragment,
}


def body(settings: Settings, now: float) -> bytes:
    """Return an echo's payload: the time, then counting bytes."""
    filled = bytes(number & 0xFF for number in range(settings.size))
    if settings.size < STAMP.size:
        return filled
    return stamp(now) + filled[STAMP.size :]


def stamp(now: float) -> bytes:
    """Return a time as it travels in the payload."""
    seconds = int(now)
    return STAMP.pack(seconds & 0xFFFFFFFF, int((now - seconds) * 1e9))


def elapsed(payload: bytes, now: float) -> float | None:
    """Return milliseconds since the time in a payload; None where it has no room for one."""
    if len(payload) < STAMP.size:
        return None
    seconds, nanoseconds = STAMP.unpack_from(payload)
    sent = float(seconds) + float(nanoseconds) / 1e9
    return (now - sent) * 1000.0


def paced(interval: float) -> float:
    """Return the time between two packets: select(2) wakes late, within the kernel's precision.

    Recorded: 54 ms for an interval of 50 ms, 0.22 s for 0.2 s, 1.038 s for 1 s
    (wire-roundrobin, wire-failover, wire-defect-b12; kern.timecounter.alloweddeviation).
    """
    return interval + min(0.1 * interval, 0.038)


class Pinger:
    """The part that both families share: when to send, when to stop, what to count."""

    deviation = "stddev"
    title = "ping"

    def __init__(self, process: Process, settings: Settings, host: str) -> None:
        self.process = process
        self.settings = settings
        self.host = host
        self.statistics = Statistics()
        self.identifier = process.pid & 0xFFFF
        self.interrupted = False

    def send(self) -> None:
        """Send the next request. Raises KernelError."""
        raise NotImplementedError

    def pending(self) -> bool:
        """Whether something was received."""
        raise NotImplementedError

    def take(self) -> None:
        """Handle one packet that was received."""
        raise NotImplementedError

    send_call = "sendto"

    def _transmit(self) -> None:
        try:
            self.send()
        except KernelError as error:
            self.process.warn(f"{self.send_call}: {error}")
        self.statistics.transmitted += 1

    def _interrupt(self, signal: Signal) -> None:
        del signal
        self.interrupted = True

    @property
    def _complete(self) -> bool:
        return 0 < self.settings.count <= self.statistics.received

    async def run(self) -> int:
        """Send and receive until done; return the exit status."""
        process, settings = self.process, self.settings
        process.handlers[Signal.INT] = self._interrupt
        alarm = process.now() + settings.alarm
        self._transmit()
        next_event, last_wait = process.now() + paced(settings.interval), False
        while not self._complete:
            await process.wait_until(
                lambda: self.pending() or self.interrupted, min(next_event, alarm)
            )
            while self.pending() and not self._complete:
                self.take()
            if self._complete or self.interrupted or process.now() >= alarm:
                break
            if process.now() < next_event:
                continue
            if settings.count == 0 or self.statistics.transmitted < settings.count:
                self._transmit()
                next_event += paced(settings.interval)
            elif last_wait:
                break
            else:
                last_wait = True
                next_event = process.now() + self._final_wait()
        return self.finish()

    def _final_wait(self) -> float:
        if self.statistics.received and self.statistics.times:
            return float(max(int(2 * max(self.statistics.times) / 1000), 1))
        return self.settings.wait

    def finish(self) -> int:
        """Print the summary and return the exit status."""
        self.process.out(f"\n--- {self.host} {self.title} statistics ---\n")
        self.process.out(self.statistics.lines(self.deviation))
        return 0 if self.statistics.received else 2


def number(text: str) -> float | None:
    """Return what strtod(3) makes of all of ``text``."""
    try:
        return float(text)
    except ValueError:
        return None


def integer(text: str) -> int | None:
    """Return what strtol(3) with base 0 makes of all of ``text``."""
    bare = text.lstrip("+-")
    try:
        if len(bare) > 1 and bare.startswith("0") and bare[1] not in "xX":
            return int(text, 8)
        return int(text, 0)
    except ValueError:
        return None
