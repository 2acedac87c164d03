"""The releases that the simulated NAS can stand for, and all that differs between them.

A release is a set of named behaviours and a few facts. Kernel and programs ask
``Behaviour.X in release.behaviours``; nothing compares versions.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from lagg_tool.simulator.release.capabilities import WOL, Cap, Offload


class Behaviour(enum.Enum):
    """Something that a release does and another one does not."""

    LAGG_OWNS_PORT_UP = "a lagg brings its ports up and takes them down with itself"
    LAGG_NONE_IS_NETDOWN = "a lagg without protocol or ports says that the network is down"
    LAGG_MTU_UPDATES_CAPABILITIES = "setting a lagg's MTU recomputes its capabilities"
    LAGG_NOTIFIES_FIRST_PORT_MTU = "a lagg that takes its first port's MTU tells the stack"
    DEFAULT_SYSCTLS_REACH_NEW_LAGGS = "net.link.lagg.default_* apply to new laggs (no B-04)"
    GLOBAL_INTERFACE_INDEX = "interface indexes are unique over all network stacks"
    INET_ANY_WIDTH = "an IPv4 address with a prefix length of 0 is accepted"
    STABLE_EPAIR_ADDRESS = "an epair's address is derived from the host's identity"
    EM_LINK_BETWEEN_RESETS = "em sees its link between two resets of one system call"
    TAP_HAS_MEDIA = "tap reports 1000baseT"
    KNOWS_EPOCH_FLAG = "drivers have the flag IFF_KNOWSEPOCH, printed as a digit only"
    LOWER_UP_FLAG = "ifconfig shows LOWER_UP for an interface with a link"
    DRV_OACTIVE_NAME = "ifconfig calls the flag OACTIVE DRV_OACTIVE"
    HWSTATS_NAME = "ifconfig names the capability HWSTATS"
    MEXTPG_NAME = "ifconfig says MEXTPG where it said NOMAP"
    NETMAP_NAME = "ifconfig names the capability NETMAP"
    ADDRESSES_BY_FAMILY = "ifconfig prints IPv4 addresses before IPv6 ones"
    VTNET_KEEPS_LOWER_UP = "ifconfig shows LOWER_UP for a vtnet that lost its link"
    OPTIONS_LINE_WHEN_ZERO = "ifconfig prints options=0"
    HWADDR_LINE_WHEN_ZERO = "ifconfig prints a burned-in address of zeros"
    DRIVER_NAME_LINE = "ifconfig -v prints the driver's name"
    SILENT_WITHOUT_FAMILY = "ifconfig prints nothing for a family that an interface lacks"
    OWN_ROUTES_VIA_LOOPBACK = "routes to one's own addresses name lo0 as their link"
    ARP_LISTS_BY_INDEX = "arp -a goes by interface index, not from the newest interface on"
    ARP_ERROR_NAMES_HOST = "arp's errors name the host instead of the routing socket"
    PING_NAMES_UNKNOWN_HOST = "ping names the host that it cannot resolve"
    SSHD_MONITOR = "sshd has two processes per session"
    TCPDUMP_SNAPSHOT_WORDS = "tcpdump says -v[v]... and snapshot length (4.99)"
    NETSTAT_WIDE_FLAGS = "netstat -r has a wider column for flags"
    NETSTAT_SCOPE_OF_ROUTE = "netstat -r adds a link-local destination's link, not its scope"
    NETSTAT_FITS_COLUMNS = "netstat -i widens its columns for long addresses"
    IFCONFIG_JAIL_OPTION = "ifconfig has the option -j"


@dataclass(frozen=True)
class Release:
    """An operating system release: how it names itself, and how it behaves."""

    name: str
    system: str  # uname -s
    version: str  # uname -r
    kernel: str  # the configuration's name at the end of uname -v
    osreldate: int
    kernel_size: int  # bytes, as kldstat shows
    behaviours: frozenset[Behaviour]
    host_uuid: str  # not recorded; one that gives the recorded address of tap0
    offload: Mapping[str, Offload]  # by driver
    cloners: tuple[str, ...]  # as ifconfig -C lists them
    product: str = ""  # /etc/version of a product that is built on the system


def _offload(**drivers: tuple[int, int]) -> Mapping[str, Offload]:
    return MappingProxyType(
        {name: Offload(Cap(able), Cap(on)) for name, (able, on) in drivers.items()}
    )


FREEBSD_13_2 = Release(
    name="freebsd-13.2",
    system="FreeBSD",
    version="13.2-RELEASE",
    kernel="LAGGVM",
    osreldate=1302001,
    kernel_size=0xA00000,
    behaviours=frozenset({Behaviour.KNOWS_EPOCH_FLAG}),
    host_uuid="2d8419f7-e90c-95bf-e867-f8878059f69c",
    cloners=("vlan", "lagg", "bridge", "vmnet", "tap", "tun", "epair", "lo"),
    offload=_offload(
        vtnet=(0x80028, 0x80028),
        em=(0x481209B | WOL, 0x481209B),
        lo=(0x680003, 0x680003),
        tap=(0x80000, 0x80000),
        epair=(0x8, 0x8),
        lagg=(0x800000, 0x800000),
        bridge=(0, 0),
    ),
)

# TrueNAS CORE 13.3: the kernel of 13.2 in all that a LAGG depends on.
TRUENAS_13_3 = replace(
    FREEBSD_13_2,
    name="truenas-13.3",
    version="13.3-RELEASE-p1",
    kernel="TRUENAS",
    osreldate=1303001,
    product="TrueNAS-13.3-RELEASE",
)

# A derivative of FreeBSD 15-STABLE of August 2026, as recorded.
FREEBSD_15 = Release(
    name="freebsd-15",
    system="Renux",
    version="0.1-CURRENT",
    kernel="LAGGVM",
    osreldate=1501502,
    kernel_size=0x1C00000,
    behaviours=frozenset(Behaviour) - {Behaviour.KNOWS_EPOCH_FLAG},
    host_uuid="538114db-7f34-b09b-8b35-11f235bd143f",
    cloners=(
        *("vlan", "lagg", "bridge", "vmnet", "tap", "tun", "lo"),
        *("gif", "epair", "usbus", "wlan"),
    ),
    offload=_offload(
        vtnet=(0x880028, 0x880028),
        em=(0x4953DBB, 0x48525BB),
        lo=(0x680003, 0x680003),
        tap=(0x4080000, 0x4080000),
        epair=(0x60001B, 0x60001B),
        lagg=(0x800000, 0x800000),
        bridge=(0, 0),
    ),
)

RELEASES: Mapping[str, Release] = MappingProxyType(
    {release.name: release for release in (FREEBSD_13_2, TRUENAS_13_3, FREEBSD_15)}
)
