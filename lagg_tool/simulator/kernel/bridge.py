"""bridge(4): members, learning and forwarding, without spanning tree (sys/net/if_bridge.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lagg_tool.simulator.kernel.cloning import Cloner, SimpleCloner
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import Direction, Kind
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lladdr import generated_lladdr

if TYPE_CHECKING:
    from lagg_tool.simulator.kernel.kernel import Kernel

_MEMBER_KINDS = (Kind.ETHER, Kind.L2VLAN)


class Bridge(Interface):
    """Joins interfaces to one Ethernet."""

    driver = "bridge"
    kind = Kind.BRIDGE

    def __init__(self, kernel: Kernel, name: str, unit: int) -> None:
        super().__init__(kernel, name, unit, generated_lladdr(kernel.release, name))
        self.members: list[Interface] = []  # the latest first, as the kernel lists them
        self.learned: dict[bytes, Interface] = {}

    # -- members (bridge_ioctl_add, bridge_ioctl_del)

    def add(self, name: str) -> None:
        """Make an interface a member. Raises KernelError; the order is the kernel's."""
        interface = self.vnet.find(name)
        if interface is None:
            raise KernelError(Errno.ENOENT)
        if interface.bridge is self:
            raise KernelError(Errno.EEXIST)
        if interface.bridge is not None:
            raise KernelError(Errno.EBUSY)
        if interface.kind not in _MEMBER_KINDS:
            raise KernelError(Errno.EINVAL)
        if not self.members:
            self.mtu = interface.mtu
        elif self.mtu != interface.mtu:
            self.log(f"invalid MTU: {interface.mtu}({interface.name}) != {self.mtu}")
            raise KernelError(Errno.EINVAL)
        interface.bridge = self
        self.members.insert(0, interface)
        interface.set_promiscuous(on=True)

    def remove_named(self, name: str) -> None:
        """Let a member go. Raises KernelError."""
        interface = self.vnet.find(name)
        if interface is None or interface.bridge is not self:
            raise KernelError(Errno.ENOENT)
        self.remove(interface)

    def remove(self, interface: Interface) -> None:
        """Let a member go."""
        interface.bridge = None
        self.members.remove(interface)
        self.learned = {a: member for a, member in self.learned.items() if member is not interface}
        interface.set_promiscuous(on=False)

    # -- frames

    def input_from(self, member: Interface, frame: bytes) -> bool:
        """Take a frame that a member received; False if the member's own stack shall have it."""
        if not self.running:
            return False
        self.learned[frame[6:12]] = member
        self.tap(frame, Direction.IN)
        destination = frame[:6]
        if frame[0] & 1:
            self._flood(frame, member)
            self._deliver(self, frame)
            return False
        for interface in (self, *self.members):
            if interface.lladdr == destination:
                self._deliver(interface, frame)
                return True
        known = self.learned.get(destination)
        if known is None:
            self._flood(frame, member)
        elif known is not member:
            self._send(known, frame)
        return True

    def output_for(self, member: Interface, frame: bytes) -> None:
        """Send a frame of the stack's that was meant for a member (bridge_output)."""
        known = self.learned.get(frame[:6])
        if not self.running:
            member.transmit(frame)
        elif known is not None and not frame[0] & 1:
            known.transmit(frame)
        else:
            self._flood(frame, None)

    def transmit(self, frame: bytes) -> None:
        """Send a frame of the bridge's own (bridge_transmit)."""
        self.tap(frame, Direction.OUT)
        self.count_sent(frame)
        known = self.learned.get(frame[:6])
        if known is not None and not frame[0] & 1:
            self._send(known, frame)
        else:
            self._flood(frame, None)

    def _deliver(self, interface: Interface, frame: bytes) -> None:
        self.count(ipackets=1, ibytes=len(frame))
        interface.vnet.input(interface, frame)

    def _flood(self, frame: bytes, source: Interface | None) -> None:
        for member in self.members:
            if member is not source:
                self._send(member, frame)

    def _send(self, member: Interface, frame: bytes) -> None:
        if not (member.up and member.running):
            return
        try:
            member.transmit(frame)
        except KernelError:
            self.count(oerrors=1)

    # -- driver

    def change_mtu(self, mtu: int) -> None:
        """Accept the members' MTU only (bridge_ioctl's SIOCSIFMTU). Raises KernelError."""
        for member in self.members:
            if member.mtu != mtu:
                self.log(f"invalid MTU: {member.mtu}({member.name}) != {mtu}")
                raise KernelError(Errno.EINVAL)
        self.mtu = mtu

    def detach(self) -> None:
        """Let all members go."""
        for member in list(self.members):
            self.remove(member)
        super().detach()


def bridge_cloner() -> Cloner:
    """Return the cloner of bridgeN."""
    return SimpleCloner("bridge", Bridge)
