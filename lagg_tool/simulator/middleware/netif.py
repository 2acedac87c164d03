"""What the middleware asks of the kernel, as py-netif does over ioctls."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from lagg_tool.simulator.kernel.addresses import Inet6Address, unembed
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, ND6
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import PortFlag
from lagg_tool.simulator.kernel.vlan import Vlan
from lagg_tool.simulator.kernel.vnet import Vnet
from lagg_tool.simulator.release.capabilities import Cap
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal
from lagg_tool.simulator.system.streams import OutputStream

# to_disable_evil_nic_capabilities, plugins/interface/capabilities.py
OFFLOAD = (
    Cap.TXCSUM | Cap.TXCSUM_IPV6 | Cap.RXCSUM | Cap.RXCSUM_IPV6
    | Cap.TSO4 | Cap.TSO6 | Cap.LRO | Cap.VLAN_HWFILTER | Cap.VLAN_HWTSO
)  # fmt: skip
DHCLIENT = "/sbin/dhclient"


@dataclass(frozen=True)
class Address:
    """An address of an interface: family INET or INET6, text, prefix length."""

    family: str
    address: str
    prefixlen: int


@dataclass(frozen=True)
class Port:
    """A port of a lagg as SIOCGLAGG lists it, in if_index order."""

    name: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """One interface as the kernel has it now; ``link_state`` is the media status (§0.2)."""

    name: str
    cloned: bool
    up: bool
    mtu: int
    link_address: str
    link_state: str
    media: str
    description: str
    addresses: tuple[Address, ...]
    protocol: str = ""
    ports: tuple[Port, ...] = ()
    vlan_parent: str = ""
    vlan_tag: int = 0


def _addresses(interface: Interface) -> tuple[Address, ...]:
    found = []
    for known in interface.addresses:
        address = known.address.ip
        if isinstance(known, Inet6Address):
            address = unembed(known.address.ip)
        family = "INET6" if isinstance(known, Inet6Address) else "INET"
        found.append(Address(family, str(address), known.address.network.prefixlen))
    return tuple(found)


def _ports(interface: Interface) -> tuple[Port, ...]:
    if not isinstance(interface, Lagg):
        return ()
    return tuple(
        Port(port.name, tuple(flag.name or "" for flag in PortFlag if flag in flags))
        for port in interface.ports
        for flags in (interface.port_flags(port),)
    )


def _vlan(interface: Interface) -> tuple[str, int]:
    if isinstance(interface, Vlan) and interface.parent is not None:
        return interface.parent.name, interface.tag
    return "", 0


def _facts(interface: Interface) -> Facts:
    media = interface.media_status()
    parent, tag = _vlan(interface)
    return Facts(
        name=interface.name,
        cloned=interface.driver in ("lagg", "vlan", "bridge", "epair", "tap"),
        up=interface.up,
        mtu=interface.mtu,
        link_address=interface.lladdr.hex(":"),
        link_state="LINK_STATE_UP" if media and media.carrier else "LINK_STATE_DOWN",
        media=str(media.active) if media else "",
        description=interface.description,
        addresses=_addresses(interface),
        protocol=interface.protocol.name if isinstance(interface, Lagg) else "",
        ports=_ports(interface),
        vlan_parent=parent,
        vlan_tag=tag,
    )


class Netif:
    """The interfaces of one kernel's host. Every method may raise KernelError."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @property
    def _vnet(self) -> Vnet:
        return self._kernel.host

    def interfaces(self) -> Sequence[Facts]:
        """All interfaces of the host."""
        return [_facts(interface) for interface in self._vnet]

    def get(self, name: str) -> Facts | None:
        """One interface, if it exists."""
        interface = self._vnet.find(name)
        return _facts(interface) if interface else None

    def create(self, name: str) -> None:
        """SIOCIFCREATE2."""
        self._kernel.cloners.create(self._vnet, name)

    def destroy(self, name: str) -> None:
        """SIOCIFDESTROY."""
        self._kernel.cloners.destroy(self._vnet.get(name))

    def _lagg(self, name: str) -> Lagg:
        interface = self._vnet.get(name)
        if not isinstance(interface, Lagg):
            raise KernelError(Errno.EINVAL)
        return interface

    def set_lagg_protocol(self, name: str, protocol: str) -> None:
        """SIOCSLAGG."""
        self._lagg(name).set_protocol(protocol)

    def add_port(self, name: str, port: str) -> None:
        """SIOCSLAGGPORT."""
        self._lagg(name).add_port(port)

    def delete_port(self, name: str, port: str) -> None:
        """SIOCSLAGGDELPORT."""
        self._lagg(name).remove_port(port)

    def set_vlan(self, name: str, parent: str, tag: int) -> None:
        """SIOCSETVLAN."""
        interface = self._vnet.get(name)
        if not isinstance(interface, Vlan):
            raise KernelError(Errno.EINVAL)
        interface.unconfigure()
        interface.configure(self._vnet.get(parent), tag)

    def up(self, name: str) -> None:
        """Set IFF_UP."""
        interface = self._vnet.get(name)
        interface.set_flags(interface.flags | IFF.UP)

    def down(self, name: str) -> None:
        """Clear IFF_UP."""
        interface = self._vnet.get(name)
        interface.set_flags(interface.flags & ~IFF.UP)

    def add_address(self, name: str, address: Address) -> None:
        """SIOCAIFADDR and SIOCAIFADDR_IN6."""
        text = f"{address.address}/{address.prefixlen}"
        interface = self._vnet.get(name)
        if address.family == "INET":
            self._vnet.inet.add_address(interface, ipaddress.IPv4Interface(text), alias=True)
        else:
            self._vnet.inet6.add_address(interface, ipaddress.IPv6Interface(text))

    def remove_address(self, name: str, address: Address) -> None:
        """SIOCDIFADDR and SIOCDIFADDR_IN6."""
        interface = self._vnet.get(name)
        if address.family == "INET":
            ipv4 = ipaddress.IPv4Address(address.address)
            self._vnet.inet.delete_address(interface, ipv4)
        else:
            ipv6 = ipaddress.IPv6Address(address.address)
            self._vnet.inet6.delete_address(interface, ipv6)

    def set_mtu(self, name: str, mtu: int) -> None:
        """SIOCSIFMTU."""
        self._vnet.get(name).set_mtu(mtu)

    def set_description(self, name: str, text: str) -> None:
        """SIOCSIFDESCR."""
        self._vnet.get(name).description = text

    def disable_offload(self, name: str) -> None:
        """Clear the capabilities that jails and bridges cannot live with."""
        interface = self._vnet.get(name)
        interface.set_capabilities(interface.enabled_capabilities & ~OFFLOAD)

    def set_ifdisabled(self, name: str, disabled: bool) -> None:
        """Set the IFDISABLED flag of nd6."""
        interface = self._vnet.get(name)
        flags = interface.nd6 | ND6.IFDISABLED if disabled else interface.nd6 & ~ND6.IFDISABLED
        if flags != interface.nd6:
            self._vnet.inet6.set_options(interface, flags)

    async def run_options(self, process: Process, name: str, words: Sequence[str]) -> str:
        """Run ``ifconfig NAME words…``; return what it said on standard error."""
        said = bytearray()
        streams = {1: OutputStream(lambda _: None), 2: OutputStream(said.extend)}
        child = process.spawn(("/sbin/ifconfig", name, *words), streams=streams)
        await process.wait(child)
        return said.decode(errors="replace")

    async def set_default_route(self, process: Process, gateway: str) -> None:
        """Set the default route if there is none (route.sync)."""
        quiet = OutputStream(lambda _: None)
        words = ("/sbin/route", "-n", "add", "default", gateway)
        child = process.spawn(words, streams={1: quiet, 2: quiet})
        await process.wait(child)

    def _dhclient(self, process: Process, name: str) -> Process | None:
        running = (p for p in process.table if p.argv[:1] == (DHCLIENT,) and p.argv[-1] == name)
        return next(running, None)

    def start_dhcp(self, process: Process, name: str) -> None:
        """Start dhclient on it, unless it runs."""
        if self._dhclient(process, name) is None:
            quiet = OutputStream(lambda _: None)
            process.spawn((DHCLIENT, "-b", name), streams={1: quiet, 2: quiet})

    def stop_dhcp(self, process: Process, name: str) -> None:
        """Stop dhclient on it, if it runs."""
        client = self._dhclient(process, name)
        if client is not None:
            client.kill(Signal.TERM)
