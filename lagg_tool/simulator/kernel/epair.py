"""epair(4), tap(4) and bridge(4): interfaces without hardware (sys/net/if_epair.c and so on)."""

from __future__ import annotations

from lagg_tool.simulator.kernel.cloning import Cloner, Parameters
from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Direction, Kind, LinkState
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lladdr import generated_lladdr
from lagg_tool.simulator.kernel.media import Media, MediaStatus, MediaType
from lagg_tool.simulator.kernel.vnet import Vnet
from lagg_tool.simulator.release import Behaviour

_T10G = Media(MediaType.T10G)
_HEADERS = 18  # what a frame may be longer than the MTU: sizeof(struct ether_vlan_header)


class Epair(Interface):
    """One end of a pair: what is sent here is received at the other end."""

    driver = "epair"

    def __init__(self, kernel: Services, name: str, unit: int, lladdr: bytes) -> None:
        super().__init__(kernel, name, unit, lladdr)
        self.other: Epair = self
        self.flags |= IFF.RUNNING
        if self.has(Behaviour.KNOWS_EPOCH_FLAG):
            self.flags |= IFF.KNOWSEPOCH

    def flags_changed(self) -> None:
        """Run, up or down."""

    def media_status(self) -> MediaStatus:
        """Answer as epair_media_status does: always full duplex."""
        return MediaStatus(_T10G, Media(MediaType.T10G, full_duplex=True), True, (_T10G,))

    def transmit(self, frame: bytes) -> None:
        """Send to the other end (epair_transmit). Raises KernelError."""
        if len(frame) > self.mtu + _HEADERS:
            self.count(oerrors=1)
            raise KernelError(Errno.E2BIG)
        if not self.up:
            raise KernelError(Errno.ENETDOWN)
        self.tap(frame, Direction.OUT)
        other = self.other
        if not (other.up and other.running):
            self.count(oerrors=1)
            return
        self.count_sent(frame)
        # The other end's stack answers from its own thread, after the sender has returned.
        self.kernel.soon(lambda: other.receive(frame))

    def receive(self, frame: bytes) -> None:
        """Take a frame from the other end."""
        self.count(ipackets=1)
        self.input(frame)


class EpairCloner(Cloner):
    """Makes epairNa and epairNb, and unmakes both when either is destroyed."""

    name = "epair"

    def create(self, vnet: Vnet, name: str, parameters: Parameters) -> Interface:
        """Make both ends; the answer is the first."""
        del parameters
        unit = self.unit_of(vnet, name)
        kernel = vnet.kernel
        serial = kernel.random.randbytes(4)
        ends: list[Epair] = []
        for letter, last in (("a", 0x0A), ("b", 0x0B)):
            end_name = f"{self.name}{unit}{letter}"
            if Behaviour.STABLE_EPAIR_ADDRESS in kernel.release.behaviours:
                lladdr = generated_lladdr(kernel.release, end_name)
            else:
                lladdr = b"\x02" + serial + bytes([last])
            ends.append(Epair(kernel, end_name, unit, lladdr))
        first, second = ends
        first.other, second.other = second, first
        for end in ends:
            end.groups = [self.name]
            vnet.attach(end)
            end.log("Ethernet address: " + end.lladdr.hex(":"))
        for end in ends:
            end.change_link_state(LinkState.UP)
        return first

    def destroy(self, interface: Interface) -> None:
        """Unmake both ends, wherever they are."""
        assert isinstance(interface, Epair)  # noqa: S101 - we made it
        for end in (interface, interface.other):
            if end.link_state is LinkState.UP:
                end.change_link_state(LinkState.DOWN)
            super().destroy(end)

    def made_together(self, interface: Interface) -> tuple[Interface, ...]:
        """Return both ends."""
        assert isinstance(interface, Epair)  # noqa: S101 - we made it
        return interface, interface.other

    def taken(self, vnet: Vnet, unit: int) -> bool:
        """Whether either end's name is in use here, or the pair was made here."""
        names = (f"{self.name}{unit}a", f"{self.name}{unit}b")
        return any(vnet.find(name) for name in names) or super().taken(vnet, unit)


class TapInterface(Interface):
    """tap(4) that no program has opened."""

    driver = "tap"

    def __init__(self, kernel: Services, name: str, unit: int) -> None:
        super().__init__(kernel, name, unit, generated_lladdr(kernel.release, name))

    def flags_changed(self) -> None:
        """Run only while a program has it open."""

    def media_status(self) -> MediaStatus:
        """Answer as tunifioctl does."""
        fast = self.has(Behaviour.TAP_HAS_MEDIA)
        medium = Media(MediaType.T1000, full_duplex=True) if fast else Media(MediaType.AUTO)
        return MediaStatus(medium, medium, False, (medium,))


class Bridge(Interface):
    """bridge(4) without members: neither a port of a lagg nor anything else."""

    driver = "bridge"
    kind = Kind.BRIDGE

    def __init__(self, kernel: Services, name: str, unit: int) -> None:
        super().__init__(kernel, name, unit, generated_lladdr(kernel.release, name))
