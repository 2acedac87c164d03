"""What the middleware asks of the kernel (py-netif's part), as a contract.

The adapter to the simulated kernel implements it; errors of the kernel come out as OSError
with FreeBSD's number and text, as ioctl(2) raises them in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lagg_tool.simulator.system.process import Process


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
    original_name: str
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


class Netif(Protocol):
    """The kernel's interfaces. Every method may raise OSError."""

    def interfaces(self) -> Sequence[Facts]:
        """All interfaces of the host, in if_index order."""
        ...

    def get(self, name: str) -> Facts | None:
        """One interface, if it exists."""
        ...

    def create(self, name: str) -> None:
        """SIOCIFCREATE2."""
        ...

    def destroy(self, name: str) -> None:
        """SIOCIFDESTROY."""
        ...

    def set_lagg_protocol(self, name: str, protocol: str) -> None:
        """SIOCSLAGG."""
        ...

    def add_port(self, name: str, port: str) -> None:
        """SIOCSLAGGPORT."""
        ...

    def delete_port(self, name: str, port: str) -> None:
        """SIOCSLAGGDELPORT."""
        ...

    def set_vlan(self, name: str, parent: str, tag: int) -> None:
        """SIOCSETVLAN."""
        ...

    def up(self, name: str) -> None:
        """Set IFF_UP."""
        ...

    def down(self, name: str) -> None:
        """Clear IFF_UP."""
        ...

    def add_address(self, name: str, address: Address) -> None:
        """SIOCAIFADDR and SIOCAIFADDR_IN6."""
        ...

    def remove_address(self, name: str, address: Address) -> None:
        """SIOCDIFADDR and SIOCDIFADDR_IN6."""
        ...

    def set_mtu(self, name: str, mtu: int) -> None:
        """SIOCSIFMTU."""
        ...

    def set_description(self, name: str, text: str) -> None:
        """SIOCSIFDESCR."""
        ...

    def disable_offload(self, name: str) -> None:
        """Clear the capabilities that jails and bridges cannot live with."""
        ...

    def set_ifdisabled(self, name: str, disabled: bool) -> None:
        """Set the IFDISABLED flag of nd6."""
        ...

    async def run_options(self, process: Process, name: str, words: Sequence[str]) -> str:
        """Run ``ifconfig NAME words…``; return what it said on standard error."""
        ...

    async def set_default_route(self, process: Process, gateway: str) -> None:
        """Set the default route if there is none (route.sync)."""
        ...

    def start_dhcp(self, process: Process, name: str) -> None:
        """Start dhclient on it, unless it runs."""
        ...

    def stop_dhcp(self, process: Process, name: str) -> None:
        """Stop dhclient on it, if it runs."""
        ...
