"""The testbed of a simulated NAS in the same process: frames are handed over by calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from lagg_tool.clock import Clock
from lagg_tool.evidence import Journal
from lagg_tool.testbed.contract import Capability, Testbed

LATENCY = 0.0002  # seconds from the testbed to the NAS: no answer is there before its question


class WiredNas(Protocol):
    """What the testbed needs of simulator.nas.SimulatedNas."""

    on_transmit: Callable[[int, bytes], None]

    def receive(self, port: int, frame: bytes) -> None:
        """Take a frame at a port."""
        ...

    def set_link(self, port: int, up: bool) -> None:
        """Set a port's carrier."""
        ...


class MemoryTestbed(Testbed):
    """Cables to a simulated NAS that runs on the same clock.

    ``cables`` maps the testbed's port numbers to the NAS's where they differ.
    """

    kind = "memory"
    capabilities = frozenset(Capability)

    def __init__(
        self,
        nas: WiredNas,
        clock: Clock,
        names: Mapping[int, str],
        journal: Journal | None = None,
        cables: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(clock, names, journal)
        self._nas = nas
        self._cables = dict(cables or zip(names, names, strict=True))
        self._ports = {cable: port for port, cable in self._cables.items()}
        with clock.lock:
            nas.on_transmit = self._from_nas

    def close(self) -> None:
        """Discard the NAS's frames from here on."""
        with self.clock.lock:
            self._nas.on_transmit = lambda _port, _frame: None

    def _from_nas(self, port: int, data: bytes) -> None:
        if port in self._ports:
            self._arrived(self._ports[port], data)

    def _transmit(self, port: int, data: bytes) -> None:
        when = self.clock.now() + LATENCY
        self.clock.call_at(when, lambda: self._nas.receive(self._cables[port], data))

    def _switch_carrier(self, port: int, *, up: bool) -> None:
        with self.clock.lock:
            self._nas.set_link(self._cables[port], up)
