"""VLAN interfaces (sys/net/if_vlan.c)."""

from __future__ import annotations

import re

from lagg_tool.simulator.kernel.cloning import Cloner, Parameters
from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Direction, Kind, LinkState
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.media import MediaStatus
from lagg_tool.simulator.kernel.vnet import Vnet
from lagg_tool.simulator.release.capabilities import HW_CHECKSUMS, HW_CHECKSUMS_IPV6, Cap

PROTOCOL_8021Q = 0x8100
MIN_MTU = 46  # ETHERMIN
TAG_LENGTH = 4  # ETHER_VLAN_ENCAP_LEN


class Vlan(Interface):
    """The frames of one tag on a parent interface."""

    driver = "vlan"
    kind = Kind.L2VLAN

    def __init__(self, kernel: Services, name: str, unit: int) -> None:
        super().__init__(kernel, name, unit)
        self.parent: Interface | None = None
        self.tag = 0
        self.protocol = 0
        self.priority = 0
        self.mtu_lost = 0  # what the tag takes from the MTU, where the parent has no room for it

    def configure(self, parent: Interface, tag: int) -> None:
        """Take frames of ``tag`` from ``parent`` (vlan_config). Raises KernelError."""
        self.check(parent, tag)
        self.parent, self.tag, self.protocol = parent, tag, PROTOCOL_8021Q
        parent.vlans.append(self)
        # ifv_mtufudge is settled here: what the parent can later does not change it.
        self.mtu_lost = 0 if parent.enabled_capabilities & Cap.VLAN_MTU else TAG_LENGTH
        self.mtu = parent.mtu - self.mtu_lost
        self.link_state = parent.link_state
        self.update_capabilities()
        self.burned_in = parent.lladdr
        self.flags |= IFF.RUNNING
        self.set_lladdr(parent.lladdr)

    def check(self, parent: Interface, tag: int) -> None:
        """Refuse what cannot be. Raises KernelError; the order is the kernel's."""
        if tag in (0, 0xFFF) or tag & ~0xFFF:
            raise KernelError(Errno.EINVAL)
        tagging = parent.enabled_capabilities & Cap.VLAN_HWTAGGING
        if parent.kind not in (Kind.ETHER, Kind.L2VLAN) and not tagging:
            raise KernelError(Errno.EPROTONOSUPPORT)
        if not parent.flags & IFF.BROADCAST:
            raise KernelError(Errno.EPROTONOSUPPORT)
        if self.parent is not None:
            raise KernelError(Errno.EBUSY)
        if any(vlan.tag == tag for vlan in parent.vlans):
            raise KernelError(Errno.EEXIST)

    def unconfigure(self) -> None:
        """Part from the parent; the MAC address stays (vlan_unconfig)."""
        if self.parent is not None:
            self.parent.vlans.remove(self)
        self.parent, self.tag, self.protocol, self.mtu_lost = None, 0, 0, 0
        self.mtu = 1500
        self.link_state = LinkState.UNKNOWN
        self.flags &= ~IFF.RUNNING

    def update_capabilities(self) -> None:
        """Have those of the parent that work with tags (vlan_capabilities)."""
        parent = self.parent
        if parent is None:
            return
        shared = Cap.LINKSTATE | Cap.MEXTPG
        able = on = shared
        if parent.capabilities & Cap.VLAN_HWCSUM:
            able |= HW_CHECKSUMS | HW_CHECKSUMS_IPV6
        needed = Cap.VLAN_HWCSUM | Cap.VLAN_HWTAGGING
        if parent.enabled_capabilities & needed == needed:
            on |= HW_CHECKSUMS | HW_CHECKSUMS_IPV6
        self.capabilities = parent.capabilities & able
        self.enabled_capabilities = parent.enabled_capabilities & on

    # -- events of the parent

    def parent_lladdr_changed(self) -> None:
        """Follow the parent's MAC address (vlan_iflladdr)."""
        if self.parent is not None:
            self.burned_in = self.parent.lladdr
            self.set_lladdr(self.parent.lladdr)

    def parent_link_changed(self) -> None:
        """Follow the parent's link state (vlan_link_state)."""
        if self.parent is not None:
            self.change_link_state(self.parent.link_state)

    # -- driver

    def flags_changed(self) -> None:
        """Run as long as there is a parent, up or down."""

    def change_mtu(self, mtu: int) -> None:
        """Accept what fits into the parent's. Raises KernelError."""
        if self.parent is None or not MIN_MTU <= mtu + self.mtu_lost <= self.parent.mtu:
            raise KernelError(Errno.EINVAL)
        self.mtu = mtu

    def media_status(self) -> MediaStatus | None:
        """Answer as the parent does, with one medium to choose from."""
        status = self.parent.media_status() if self.parent is not None else None
        if status is None:
            return None
        return MediaStatus(status.current, status.active, status.carrier, (status.current,))

    @property
    def takes_frames(self) -> bool:
        """Whether the parent can send."""
        return self.parent is not None and self.parent.up and self.parent.running

    def transmit(self, frame: bytes) -> None:
        """Send with the tag by the parent (vlan_transmit). Raises KernelError."""
        parent = self.parent
        if parent is None or not self.takes_frames:
            self.count(oerrors=1)
            raise KernelError(Errno.ENETDOWN)
        self.tap(frame, Direction.OUT)
        tag = (self.priority << 13 | self.tag).to_bytes(2)
        try:
            parent.transmit(frame[:12] + self.protocol.to_bytes(2) + tag + frame[12:])
        except KernelError:
            self.count(oerrors=1)
            raise
        self.count_sent(frame)

    def receive(self, frame: bytes) -> None:
        """Take a frame whose tag the parent took off (vlan_input)."""
        if self.running:
            self.count(ipackets=1)
            self.input(frame)

    def detach(self) -> None:
        """Go."""
        super().detach()
        self.unconfigure()


class VlanCloner(Cloner):
    """Makes vlanN, and PARENT.TAG (vlan_clone_match, vlan_clone_create)."""

    name = "vlan"

    def match(self, vnet: Vnet, name: str) -> bool:
        """Match vlan, vlanN, and a parent's name with a dot and digits."""
        return super().match(vnet, name) or self._dotted(vnet, name) is not None

    def create(self, vnet: Vnet, name: str, parameters: Parameters) -> Interface:
        """Make the interface; ``parent`` and ``tag`` configure it at once."""
        dotted = self._dotted(vnet, name)
        parent_name = parameters.get("parent")
        tag = int(str(parameters.get("tag", 0)))
        parent = vnet.find(str(parent_name)) if parent_name is not None else None
        if parent_name is not None and parent is None:
            raise KernelError(Errno.ENXIO)
        if dotted is not None:
            parent, tag, unit = dotted[0], dotted[1], -1
        else:
            unit = self.unit_of(vnet, name)
            name = f"{self.name}{unit}"
        vlan = Vlan(vnet.kernel, name, unit)
        vlan.vnet = vnet
        if parent is not None:
            vlan.check(parent, tag)
        vlan.groups = [self.name]
        vnet.attach(vlan)
        if parent is not None:
            vlan.configure(parent, tag)
        return vlan

    @staticmethod
    def _dotted(vnet: Vnet, name: str) -> tuple[Interface, int] | None:
        found = re.fullmatch(r"(.+)\.(\d{1,4})", name, re.ASCII)
        parent = vnet.find(found[1]) if found else None
        if found is None or parent is None:
            return None
        return parent, int(found[2])
