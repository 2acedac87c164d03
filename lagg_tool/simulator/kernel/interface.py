"""A network interface: struct ifnet and what sys/net/if.c and if_ethersubr.c do with it.

Drivers subclass ``Interface`` and override the small methods in the section "driver". What
the stack or a program asks for goes through the methods above it, which keep the order of
the kernel's functions that they name. All of it runs with the clock's lock held.
"""

from __future__ import annotations

from typing import ClassVar

from lagg_tool.simulator.kernel.addresses import InterfaceAddress
from lagg_tool.simulator.kernel.contract import PortHook, Services, Stack, VlanChild
from lagg_tool.simulator.kernel.counters import Counters
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import (
    CANNOT_CHANGE,
    IFF,
    ND6,
    Direction,
    Kind,
    LinkState,
    Tap,
)
from lagg_tool.simulator.kernel.media import Media, MediaStatus, MediaType
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.release.capabilities import Cap

MIN_MTU, MAX_MTU = 72, 65535  # IF_MINMTU, IF_MAXMTU
HEADER = 14  # ETHER_HDR_LEN
NO_ADDRESS = bytes(6)
_VLAN_TPID = 0x8100


class Interface:
    """One interface of a network stack."""

    driver: ClassVar[str]
    kind = Kind.ETHER
    flags = IFF.BROADCAST | IFF.SIMPLEX | IFF.MULTICAST

    def __init__(self, kernel: Services, name: str, unit: int, lladdr: bytes = NO_ADDRESS) -> None:
        self.kernel = kernel
        self.name = name
        self.unit = unit
        self.driver_name = name  # what it was attached as, whatever its name now
        self.lladdr = lladdr
        self.burned_in = lladdr
        self.mtu = 1500
        self.metric = 0
        self.link_state = LinkState.UNKNOWN
        self.description = ""
        self.groups: list[str] = []
        offload = kernel.release.offload.get(self.driver)
        self.capabilities = offload.capabilities if offload else Cap.NONE
        self.enabled_capabilities = offload.enabled if offload else Cap.NONE
        self.tally = Counters()  # what this interface itself counted
        self.addresses: list[InterfaceAddress] = []
        self.nd6 = ND6.NONE
        self.nd6_mtu = self.mtu  # the MTU that IPv6 knows of (ndi->maxmtu)
        self.taps: list[Tap] = []
        self.lagg_port: PortHook | None = None
        self.vlans: list[VlanChild] = []  # VLAN children, in the order of their making
        self.chosen_media = Media(MediaType.AUTO)
        self.index = 0  # given by the Vnet
        self._vnet: Stack[Interface] | None = None
        self._promiscuous = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    # -- what it is

    @property
    def vnet(self) -> Stack[Interface]:
        """The network stack that it belongs to."""
        assert self._vnet is not None, "the interface is attached"  # noqa: S101
        return self._vnet

    @vnet.setter
    def vnet(self, vnet: Stack[Interface]) -> None:
        self._vnet = vnet

    @property
    def up(self) -> bool:
        """Whether it is administratively up."""
        return bool(self.flags & IFF.UP)

    @property
    def running(self) -> bool:
        """Whether the driver has resources for it."""
        return bool(self.flags & IFF.RUNNING)

    @property
    def counters(self) -> Counters:
        """What netstat(1) reports (if_get_counter)."""
        return self.tally

    @property
    def linkstate_capable(self) -> bool:
        """Whether the stack may believe its link state (RT_LINK_IS_UP asks this)."""
        return bool(self.capabilities & Cap.LINKSTATE)

    def log(self, message: str) -> None:
        """Write a line to the kernel's message buffer, after the name (if_printf)."""
        self.kernel.log(f"{self.name}: {message}")

    @property
    def is_port(self) -> bool:
        """Whether it is a port of a lagg."""
        return self.lagg_port is not None

    def has(self, behaviour: Behaviour) -> bool:
        """Whether the kernel's release behaves so."""
        return behaviour in self.kernel.release.behaviours

    # -- what programs ask for (ifhwioctl, sys/net/if.c)

    def set_flags(self, flags: IFF) -> None:
        """Change the flags that can be changed, up and down first of all (SIOCSIFFLAGS)."""
        goes_up = bool(flags & IFF.UP) and not self.up
        if self.up and not flags & IFF.UP:
            self.vnet.interface_down(self)
        self._set_permanent_promiscuous(on=bool(flags & IFF.PPROMISC))
        self.flags = self.flags & CANNOT_CHANGE | flags & ~CANNOT_CHANGE
        self.flags_changed()
        if goes_up:
            self.vnet.interface_up(self)

    def _set_permanent_promiscuous(self, *, on: bool) -> None:
        if on == bool(self.flags & IFF.PPROMISC):
            return
        if on:
            self.flags |= IFF.PROMISC
        elif not self._promiscuous:
            self.flags &= ~IFF.PROMISC
        self.log(f"permanently promiscuous mode {'enabled' if on else 'disabled'}")

    def set_promiscuous(self, *, on: bool) -> None:
        """Ask for promiscuous mode, or no longer; the last one out ends it (ifpromisc)."""
        self._promiscuous += 1 if on else -1
        if bool(self.flags & IFF.PROMISC) == bool(self._promiscuous):
            return
        if not on and self.flags & IFF.PPROMISC:
            return
        self.flags ^= IFF.PROMISC
        self.flags_changed()
        self.log(f"promiscuous mode {'enabled' if on else 'disabled'}")

    def set_mtu(self, mtu: int) -> None:
        """Set the MTU (SIOCSIFMTU). Raises KernelError."""
        if not MIN_MTU <= mtu <= MAX_MTU:
            raise KernelError(Errno.EINVAL)
        if self.lagg_port is not None:
            self.lagg_port.refuse_mtu()
        old = self.mtu
        self.change_mtu(mtu)
        if self.mtu != old:
            self.vnet.mtu_changed(self)

    def set_capabilities(self, wanted: Cap) -> None:
        """Switch offloading (SIOCSIFCAP). Raises KernelError."""
        if wanted & ~self.capabilities:
            raise KernelError(Errno.EINVAL)
        self.change_capabilities(wanted)
        if self.lagg_port is not None:
            self.lagg_port.capabilities_changed()
        self.vlan_capabilities()

    def set_lladdr(self, lladdr: bytes) -> None:
        """Set the MAC address; an interface that is up is restarted for it (if_setlladdr)."""
        if self.kind is Kind.LOOP:
            raise KernelError(Errno.EOPNOTSUPP)
        self.lladdr = lladdr
        if self.up:
            self.flags &= ~IFF.UP
            self.flags_changed()
            self.flags |= IFF.UP
            self.flags_changed()
        self.lladdr_event()

    def lladdr_event(self) -> None:
        """Pass a new MAC address on to the stack and the VLAN children (iflladdr_event)."""
        for vlan in list(self.vlans):
            vlan.parent_lladdr_changed()
        self.vnet.lladdr_changed(self)

    # -- link state (if_link_state_change, do_link_state_change)

    def change_link_state(self, state: LinkState, *, log: bool = True) -> None:
        """Set the link state, log it, and tell VLAN children and lagg.

        Their own changes are tasks of their own in the kernel, so they are logged after it.
        """
        if state is self.link_state:
            return
        self.link_state = state
        if log:
            self.log_link_state(state)
        for vlan in list(self.vlans):
            vlan.parent_link_changed()
        if self.lagg_port is not None:
            self.lagg_port.link_changed()

    def log_link_state(self, state: LinkState) -> None:
        """Write the kernel's line about a new link state."""
        self.log(f"link state changed to {'UP' if state is LinkState.UP else 'DOWN'}")

    # -- frames up (ether_input_internal, ether_demux)

    def input(self, frame: bytes) -> None:
        """Take a frame that the driver received."""
        if not self.up:
            return
        if len(frame) < HEADER:
            self.count(ierrors=1)
            return
        self.tap(frame, Direction.IN)
        if not self.enabled_capabilities & Cap.HWSTATS:
            self.count(ibytes=len(frame))
        if self.flags & IFF.MONITOR:
            return
        if self.lagg_port is not None:
            self.lagg_port.input(frame)
        else:
            self.demultiplex(frame)

    def demultiplex(self, frame: bytes) -> None:
        """Pass a frame to a VLAN child or to the stack."""
        if int.from_bytes(frame[12:14]) == _VLAN_TPID and len(frame) >= HEADER + 4:
            tag = int.from_bytes(frame[14:16]) & 0xFFF
            self.demultiplex_vlan(tag, frame[:12] + frame[16:])
        elif self.accepts(frame):
            self.vnet.input(self, frame)

    def accepts(self, frame: bytes) -> bool:
        """Whether the frame is for this host (the M_PROMISC test of ether_demux)."""
        return bool(frame[0] & 1) or frame[:6] == self.lladdr or bool(self.flags & IFF.PPROMISC)

    def demultiplex_vlan(self, tag: int, frame: bytes) -> None:
        """Pass a frame without its tag to the VLAN child of that tag (vlan_input)."""
        if tag == 0:
            if self.accepts(frame):
                self.vnet.input(self, frame)
            return
        for vlan in self.vlans:
            if vlan.tag == tag:
                vlan.receive(frame)
                return

    # -- frames down (ether_output, ether_output_frame)

    def output(self, frame: bytes) -> None:
        """Send a frame of the stack's. Raises KernelError.

        A port of a lagg refuses it (lagg_port_output): its addresses are useless.
        """
        if self.lagg_port is not None:
            raise KernelError(Errno.ENETDOWN)
        self.output_raw(frame)

    def output_raw(self, frame: bytes) -> None:
        """Send a frame that is written as it is, as bpf(4) does. Raises KernelError."""
        if not (self.up and self.running) or self.flags & IFF.MONITOR:
            raise KernelError(Errno.ENETDOWN)
        self.transmit(frame)

    # -- counters and taps

    def count(self, **numbers: int) -> None:
        """Add to this interface's own counters."""
        self.tally = self.tally.plus(**numbers)

    def count_sent(self, frame: bytes) -> None:
        """Count a frame that left."""
        self.count(opackets=1, obytes=len(frame))

    def tap(self, frame: bytes, direction: Direction) -> None:
        """Pass a frame to the captures on this interface (BPF_MTAP)."""
        for tap in list(self.taps):
            tap(frame, direction)

    def vlan_capabilities(self) -> None:
        """Update the capabilities of the VLAN children (VLAN_CAPABILITIES)."""
        for vlan in self.vlans:
            vlan.update_capabilities()

    # -- driver

    def attached(self) -> None:
        """Do what is left to do when the stack knows the interface."""

    def flags_changed(self) -> None:
        """React to new flags (the driver's SIOCSIFFLAGS): start or stop."""
        if self.up and not self.running:
            self.flags |= IFF.RUNNING
        elif not self.up and self.running:
            self.flags &= ~IFF.RUNNING

    def change_mtu(self, mtu: int) -> None:
        """Set the MTU in the driver. Raises KernelError."""
        self.mtu = mtu

    def change_capabilities(self, wanted: Cap) -> None:
        """Switch on what can be switched on and off (the driver's SIOCSIFCAP)."""

    @property
    def takes_frames(self) -> bool:
        """Whether ``transmit`` would take a frame now, if only to queue it; LACP asks first."""
        return True

    def transmit(self, frame: bytes) -> None:
        """Put a frame on the wire (if_transmit). Raises KernelError."""
        del frame
        raise KernelError(Errno.ENXIO)

    def media_status(self) -> MediaStatus | None:
        """Answer SIOCGIFMEDIA; None where there is no such thing."""
        return None

    def choose_media(self, media: Media) -> None:
        """Use a medium that the card has (ifmedia_ioctl). Raises KernelError."""
        status = self.media_status()
        if status is None or media not in status.supported:
            raise KernelError(Errno.ENXIO)
        self.chosen_media = media

    def departing(self) -> None:
        """Part from lagg and VLAN children, before leaving the stack.

        These follow ifnet_departure_event, whether the interface is destroyed or moves.
        """
        if self.lagg_port is not None:
            self.lagg_port.interface_gone()
        for vlan in list(self.vlans):
            vlan.unconfigure()

    def detach(self) -> None:
        """Give up what hangs on this interface, before it is destroyed (ether_ifdetach)."""
        self.departing()
