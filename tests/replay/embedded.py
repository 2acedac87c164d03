"""The embedded NAS as a stage: in this process, on a virtual clock."""

from __future__ import annotations

from ipaddress import IPv6Network

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.nics import Vtnet
from lagg_tool.simulator.kernel.routes import Route, RouteFlag
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import RELEASES

from .player import Partners
from .recording import (
    BEFORE_IPV6,
    IPV6_LEFT,
    LATE_TICK,
    LEAVE_IPV6,
    MISSING_FILES,
    NO_INODES,
    NOT_YET_IN_RC_CONF,
    PREPARED_RC_CONF,
    Frame,
    Recording,
)

RELEASE_OF_HOST = {
    "freebsd-13.2": "freebsd-13.2",
    "freebsd-15-derivative": "freebsd-15",
    "freebsd-15.1": "freebsd-15",
}


class EmbeddedStage:
    """One fresh NAS, prepared as the recording's host was."""

    def __init__(self, recording: Recording, partners: Partners) -> None:
        self._partners = partners
        self._frames: list[Frame] = []
        self._clock = VirtualClock()
        release = RELEASES[RELEASE_OF_HOST[recording.host]]
        self.nas = SimulatedNas(self._clock, release)
        self._prepare(recording)
        self.nas.on_transmit = self._transmitted
        self._start = self._clock.now()

    def _prepare(self, recording: Recording) -> None:
        key = recording.key
        leftovers = PREPARED_RC_CONF.get(key, NO_INODES.get(key, ""))
        if leftovers:
            self.nas.run("cat >> /etc/rc.conf", leftovers.encode())
        if later := NOT_YET_IN_RC_CONF.get(key):
            self.nas.run(f"sysrc -x {' '.join(later)}")
        if key in BEFORE_IPV6:
            self._take_loopback_ipv6()
        for missing in MISSING_FILES.get(recording.host, ()):
            self.nas.run(f"rm {missing}")
        if key in IPV6_LEFT:
            self._leave_ipv6()
        if key in LATE_TICK:
            for interface in self.nas.kernel.host:
                if isinstance(interface, Vtnet):
                    interface.reaped_after = LATE_TICK[key]
        if key in NO_INODES:
            self.nas.filesystem.fill()
        # The host had run before: its routers were in the ARP table, dmesg was cleared.
        self.nas.run("ping -c 1 -t 1 10.0.2.2; dmesg -c")

    def _take_loopback_ipv6(self) -> None:
        """Remove them; the rejecting routes stay: rc(8) had made them, whatever lo0 has."""
        routes = self.nas.kernel.host.routes
        rejecting = [route for route in routes if RouteFlag.REJECT in route.flags]
        self.nas.run("ifconfig lo0 inet6 fe80::1%lo0 -alias; ifconfig lo0 inet6 ::1 -alias")
        for route in rejecting:
            routes.add(route)

    def _leave_ipv6(self) -> None:
        """Leave IPv6; the prefix stays on the link, which is down."""
        self.nas.run("/bin/sh", LEAVE_IPV6.encode())
        network = self.nas.kernel.host
        [link] = [link for link in network.links() if link.name == "vtnet1"]
        prefix = IPv6Network("fe80:2::/64")
        network.routes.add(Route(prefix, RouteFlag.UP | RouteFlag.PINNED, link, link))

    def _transmitted(self, port: int, frame: bytes) -> None:
        self._frames.append(Frame(self.now(), port, True, frame))
        for answer in self._partners.answer(port, frame):
            self._clock.call_at(
                self._clock.now(),
                lambda answer=answer: self.send(port, answer),  # type: ignore[misc]
            )

    def now(self) -> float:
        return self._clock.now() - self._start

    def wait_till(self, at: float) -> None:
        self._clock.sleep(max(0.0, at - self.now()))

    def run(self, line: str) -> tuple[str, str, int]:
        done = self.nas.run(line)
        return (
            done.stdout.decode(errors="surrogateescape"),
            done.stderr.decode(errors="surrogateescape"),
            done.status,
        )

    def set_link(self, port: int, up: bool) -> None:
        self.nas.set_link(port, up)

    def send(self, port: int, frame: bytes) -> None:
        self.nas.receive(port, frame)

    def reboot(self) -> None:
        self.nas.reboot()

    def append(self, path: str, text: str) -> None:
        self.nas.run(f"cat >> {path}", text.encode())

    def frames(self) -> list[Frame]:
        return self._frames
