"""What tcpdump sees at a far end: its capture, streamed over SSH and decoded as it comes."""

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

    ``wall`` is the clock of whoever waits for it. ``now`` is the bench's time: a frame's own
    time is the host's, and what both clocks differ by is learnt from the frame that was
    here soonest.
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
        """Take a part of what tcpdump says."""
        with self._wall.lock:
            *lines, self._line = (self._line + data).split(b"\n")
            for line in lines:
                self._hear(line.decode("utf-8", "replace"))
            self._wall.notify()

    def _hear(self, line: str) -> None:
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
        """What it said that is not expected."""
        return "; ".join(self._said)

    @property
    def answers(self) -> int:
        """How often it has said how much it saw."""
        return len(self._answers)

    def complete(self, answers: int) -> bool:
        """Whether all is here that it had seen when it answered for the n-th time.

        Raises HostError when the kernel had to drop frames: nothing could be said of them.
        """
        if self.answers < answers:
            return False
        received, lost = self._answers[answers - 1]
        if lost:
            raise HostError(f"tcpdump lost {lost} frames: the host is too busy for this bench")
        return self.decoded >= received

    def take(self) -> list[tuple[float, bytes]]:
        """Return the frames since the last call, with the host's time."""
        with self._wall.lock:
            frames, self._frames = self._frames, []
            return frames
