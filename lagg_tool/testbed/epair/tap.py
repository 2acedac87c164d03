"""One tcpdump at a far end: its capture, streamed over SSH and decoded as it arrives."""

from __future__ import annotations

import re
from collections.abc import Callable

from lagg_tool.clock import Clock
from lagg_tool.errors import HostError
from lagg_tool.wire import pcap

_COUNTS = re.compile(
    r"tcpdump: (\d+) packets? captured, (\d+) packets? received by filter, "
    r"(\d+) packets? dropped by kernel"
)


class Tap:
    """Both streams of one tcpdump; filled on a thread of the connection's.

    ``wall`` is the clock for waiting. ``now`` is the testbed's time: a frame's own time is the
    host's, and the difference of both clocks is that of the frame that arrived fastest.
    """

    def __init__(self, wall: Clock, now: Callable[[], float]) -> None:
        self.pid = ""
        self.listening = False
        self.decoded = 0
        self.difference: float | None = None  # to be added to the host's time
        self._wall = wall
        self._now = now
        self._reader = pcap.Reader()
        self._frames: list[tuple[float, bytes]] = []
        self._line = b""
        self._said: list[str] = []
        self._answers: list[tuple[int, int]] = []  # received and lost, per question

    def out(self, data: bytes) -> None:
        """Take a part of the capture."""
        with self._wall.lock:
            packets = self._reader.feed(data)
            for at, _ in packets:
                behind = self._now() - at
                self.difference = min(self.difference or behind, behind)
            self._frames += packets
            self.decoded += len(packets)
            self._wall.notify()

    def err(self, data: bytes) -> None:
        """Take a part of tcpdump's messages."""
        with self._wall.lock:
            *lines, self._line = (self._line + data).split(b"\n")
            for line in lines:
                self._read(line.decode("utf-8", "replace"))
            self._wall.notify()

    def _read(self, line: str) -> None:
        if counts := _COUNTS.match(line):
            self._answers.append((int(counts[2]), int(counts[3])))
        elif line.startswith("pid "):
            self.pid = line.removeprefix("pid ")
        elif "listening on" in line:
            self.listening = True
        else:
            self._said.append(line)

    @property
    def said(self) -> str:
        """Its unexpected messages."""
        return "; ".join(self._said)

    @property
    def answers(self) -> int:
        """How often it has reported its counts."""
        return len(self._answers)

    def complete(self, answers: int) -> bool:
        """Return whether all frames are here that it had seen at its n-th report.

        Raises HostError when the kernel had to drop frames: nothing could be said of them.
        """
        if self.answers < answers:
            return False
        received, lost = self._answers[answers - 1]
        if lost:
            raise HostError(f"tcpdump lost {lost} frames: the host is too busy for this testbed")
        return self.decoded >= received

    def take(self) -> list[tuple[float, bytes]]:
        """Return the frames since the last call, with the host's time."""
        with self._wall.lock:
            frames, self._frames = self._frames, []
            return frames
