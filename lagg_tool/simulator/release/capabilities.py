"""What interfaces can do for the stack (IFCAP_*, sys/net/if.h), and which of it is on."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Cap(enum.IntFlag, boundary=enum.KEEP):
    """A capability; the values are the kernel's."""

    NONE = 0
    RXCSUM = 0x1
    TXCSUM = 0x2
    NETCONS = 0x4
    VLAN_MTU = 0x8
    VLAN_HWTAGGING = 0x10
    JUMBO_MTU = 0x20
    POLLING = 0x40
    VLAN_HWCSUM = 0x80
    TSO4 = 0x100
    TSO6 = 0x200
    LRO = 0x400
    WOL_UCAST = 0x800
    WOL_MCAST = 0x1000
    WOL_MAGIC = 0x2000
    TOE4 = 0x4000
    TOE6 = 0x8000
    VLAN_HWFILTER = 0x10000
    VLAN_HWTSO = 0x40000
    LINKSTATE = 0x80000
    NETMAP = 0x100000
    RXCSUM_IPV6 = 0x200000
    TXCSUM_IPV6 = 0x400000
    HWSTATS = 0x800000
    TXRTLMT = 0x1000000
    HWRXTSTMP = 0x2000000
    MEXTPG = 0x4000000  # NOMAP, before it was renamed
    TXTLS4 = 0x8000000
    TXTLS6 = 0x10000000


TSO = Cap.TSO4 | Cap.TSO6
TOE = Cap.TOE4 | Cap.TOE6
WOL = Cap.WOL_UCAST | Cap.WOL_MCAST | Cap.WOL_MAGIC
RX_CHECKSUMS = Cap.RXCSUM | Cap.RXCSUM_IPV6
HW_CHECKSUMS = Cap.RXCSUM | Cap.TXCSUM
HW_CHECKSUMS_IPV6 = Cap.RXCSUM_IPV6 | Cap.TXCSUM_IPV6


@dataclass(frozen=True)
class Offload:
    """What a driver can do, and what of it is on when an interface attaches."""

    capabilities: Cap
    enabled: Cap
