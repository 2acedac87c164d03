"""Faults of ports and names: what can be a port, what it is given, what it gets back."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.cloning import MAX_UNIT, Parameters
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import Kind, LinkState
from lagg_tool.simulator.kernel.interface import NO_ADDRESS, Interface
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_driver import LaggCloner
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.nics import Nic
from lagg_tool.simulator.kernel.vnet import Vnet


class _TakesMore(Lagg):
    max_ports = 64


class _TakesLess(Lagg):
    max_ports = 16


class _TakesLaggs(Lagg):
    def stacks_on(self, interface: Interface) -> bool:
        del interface
        return True


class _TakesItself(Lagg):
    def check_port(self, interface: Interface) -> None:
        if interface is self:
            return
        super().check_port(interface)

    def stacks_on(self, interface: Interface) -> bool:
        if interface is self:
            raise KernelError(Errno.EBUSY)
        return super().stacks_on(interface)


class _TakesAnyKind(Lagg):
    def check_port(self, interface: Interface) -> None:
        if interface.kind is not Kind.BRIDGE:
            super().check_port(interface)


class _TakesOthersPorts(Lagg):
    def check_port(self, interface: Interface) -> None:
        taken = interface.lagg_port
        if isinstance(taken, LaggPort) and taken.lagg is not self:
            taken.lagg.destroy_port(taken)
        super().check_port(interface)


class _StopsAtError(Lagg):
    _refused = False

    def add_port(self, name: str) -> None:
        if self._refused:
            raise KernelError(Errno.EINVAL)
        try:
            super().add_port(name)
        except KernelError:
            self._refused = True
            raise


class _InOrderOfAdding(Lagg):
    def insert_port(self, port: LaggPort) -> None:
        self.ports.append(port)


class _NewestIsPrimary(Lagg):
    def insert_port(self, port: LaggPort) -> None:
        super().insert_port(port)
        self.primary = port


class _FirstInListIsPrimary(Lagg):
    def insert_port(self, port: LaggPort) -> None:
        super().insert_port(port)
        if self.primary is not self.ports[0]:
            self.replace_primary()


class _LastFollows(Lagg):
    def replace_primary(self) -> None:
        super().replace_primary()
        if self.ports:
            self.primary = self.ports[-1]


class _KeepsPrimarysAddress(Lagg):
    def replace_primary(self) -> None:
        self.primary = self.ports[0] if self.ports else None
        if self.primary is None and not self._destroying:
            self.take_lladdr(NO_ADDRESS)


class _FurtherPortsKeepAddress(Lagg):
    def share_lladdr(self, interface: Interface) -> None:
        if not self.ports:
            super().share_lladdr(interface)


class _AlwaysLinked(Lagg):
    def update_link_state(self) -> None:
        if not self.protocol.owns_link_state:
            self.change_link_state(LinkState.UP)


class _PortKeepsAddress(Lagg):
    def restore_port(self, port: LaggPort) -> None:
        if port.interface.enabled_capabilities != port.enabled_capabilities:
            port.interface.change_capabilities(port.enabled_capabilities)


class _HearsOwnAddressOnly(Nic):
    def hears(self, frame: bytes) -> bool:
        return bool(frame[:1] and frame[0] & 1) or frame[:6] == self.burned_in


class _DestroyKeepsPorts(Lagg):
    def detach(self) -> None:
        self.ports = []
        super().detach()


class _KeepsInet6(Vnet):
    def strip_inet6(self, interface: Link) -> bool:
        del interface
        return False


class _DropsInet(Vnet):
    def strip_inet6(self, interface: Link) -> bool:
        for entry in self.inet.addresses(interface):
            self.inet.delete_address(interface, entry.address.ip)
        return super().strip_inet6(interface)


# -- names


class _LeadingZeros(LaggCloner):
    def unit_of(self, vnet: Vnet, name: str) -> int:
        digits = name[len(self.name) :]
        return super().unit_of(vnet, self.name + str(int(digits)) if digits else name)


class _NoHighUnits(LaggCloner):
    def unit_of(self, vnet: Vnet, name: str) -> int:
        unit = super().unit_of(vnet, name)
        if unit >= MAX_UNIT:
            raise KernelError(Errno.ENOSPC)
        return unit


class _LargerUnits(LaggCloner):
    def unit_of(self, vnet: Vnet, name: str) -> int:
        digits = name[len(self.name) :]
        if digits == str(MAX_UNIT + 1):
            return MAX_UNIT + 1
        return super().unit_of(vnet, name)


class _SkipsUnits(LaggCloner):
    def first_free(self, vnet: Vnet) -> int:
        first = super().first_free(vnet)
        return first + 1 if first else first


class _AnyCase(LaggCloner):
    def match(self, vnet: Vnet, name: str) -> bool:
        return super().match(vnet, name.lower())

    def unit_of(self, vnet: Vnet, name: str) -> int:
        return super().unit_of(vnet, name.lower())


class _WithoutGroup(LaggCloner):
    def create(self, vnet: Vnet, name: str, parameters: Parameters) -> Interface:
        interface = super().create(vnet, name, parameters)
        vnet.leave(interface, self.name)
        return interface


class _RenameLeavesGroup(Vnet):
    def rename(self, interface: Interface, name: str) -> None:
        super().rename(interface, name)
        if isinstance(interface, Lagg):
            self.leave(interface, "lagg")


class _NoRename(Vnet):
    def rename(self, interface: Interface, name: str) -> None:
        if isinstance(interface, Lagg):
            raise KernelError(Errno.EOPNOTSUPP)
        super().rename(interface, name)


FAULTS = (
    Fault(
        "further-ports-keep-their-address",
        "C-02",
        "a further port keeps its own MAC address",
        part(_FurtherPortsKeepAddress),
    ),
    Fault(
        "lagg-always-has-a-link",
        "C-20",
        "the link state of a LAGG stays up without any link",
        part(_AlwaysLinked),
    ),
    Fault("ports-64", "C-02", "a LAGG takes up to 64 ports", part(_TakesMore)),
    Fault("ports-16", "C-02", "a LAGG takes up to 16 ports only", part(_TakesLess)),
    Fault("lagg-as-port", "C-03", "a LAGG can be a port of another LAGG", part(_TakesLaggs)),
    Fault(
        "lagg-of-itself-is-busy",
        "C-03",
        "a LAGG that is to be a port of itself is refused as busy",
        part(_TakesItself),
    ),
    Fault("bridge-as-port", "C-30", "a bridge can be a port", part(_TakesAnyKind)),
    Fault(
        "port-is-stolen",
        "C-30",
        "a LAGG takes ports away from another LAGG",
        part(_TakesOthersPorts),
    ),
    Fault(
        "port-error-keeps-others-out",
        "C-30",
        "after a port that cannot join, no other can",
        part(_StopsAtError),
    ),
    Fault(
        "ports-in-order-of-adding",
        "P-02",
        "ports are kept in the order in which they were added",
        part(_InOrderOfAdding),
    ),
    Fault(
        "newest-is-primary", "C-18", "the port added last is the primary", part(_NewestIsPrimary)
    ),
    Fault(
        "lowest-is-primary",
        "P-02",
        "a port that comes to the front of the list becomes the primary",
        part(_FirstInListIsPrimary),
    ),
    Fault(
        "last-follows-primary",
        "P-02",
        "when the primary leaves, the last port is the new one",
        part(_LastFollows),
    ),
    Fault(
        "primary-leaves-its-address",
        "P-02",
        "when the primary leaves, the LAGG goes on with its MAC address",
        part(_KeepsPrimarysAddress),
    ),
    Fault(
        "port-keeps-lagg-address",
        "C-30",
        "a port that leaves keeps the MAC address of the LAGG",
        part(_PortKeepsAddress),
    ),
    Fault(
        "card-hears-own-address-only",
        "C-21",
        "a port's card filters for its own MAC address, not for the LAGG's",
        part(_HearsOwnAddressOnly),
    ),
    Fault(
        "destroy-keeps-ports",
        "S-03",
        "the ports of a LAGG that was destroyed are not free",
        part(_DestroyKeepsPorts),
    ),
    Fault(
        "port-keeps-inet6",
        "S-10",
        "a port keeps its IPv6 addresses, and nobody says a word",
        part(_KeepsInet6),
    ),
    Fault("port-loses-inet", "S-10", "a port loses its IPv4 addresses", part(_DropsInet)),
    Fault("name-with-leading-zero", "C-09", "lagg01 is taken for lagg1", part(_LeadingZeros)),
    Fault("name-without-highest", "C-09", "lagg32767 is refused", part(_NoHighUnits)),
    Fault("name-beyond-highest", "C-09", "lagg32768 is accepted", part(_LargerUnits)),
    Fault("name-in-any-case", "C-09", "LAGG0 is taken for lagg0", part(_AnyCase)),
    Fault(
        "name-skips-a-number",
        "C-10",
        "a LAGG without a number does not get the lowest free one",
        part(_SkipsUnits),
    ),
    Fault("group-is-missing", "C-06", "a LAGG is in no interface group", part(_WithoutGroup)),
    Fault(
        "rename-leaves-group",
        "C-10",
        "a LAGG that is renamed leaves its group",
        part(_RenameLeavesGroup),
    ),
    Fault("rename-is-refused", "S-04", "a LAGG cannot be renamed", part(_NoRename)),
)
