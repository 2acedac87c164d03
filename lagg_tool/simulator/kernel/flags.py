"""What an interface can be: its flags, options, link states and kinds (sys/net/if.h)."""

from __future__ import annotations

import enum
from collections.abc import Callable


class IFF(enum.IntFlag, boundary=enum.KEEP):
    """Interface flags, the driver's among them, with the kernel's values (sys/net/if.h)."""

    NONE = 0
    UP = 0x1
    BROADCAST = 0x2
    DEBUG = 0x4
    LOOPBACK = 0x8
    POINTOPOINT = 0x10
    KNOWSEPOCH = 0x20
    RUNNING = 0x40
    NOARP = 0x80
    PROMISC = 0x100
    ALLMULTI = 0x200
    OACTIVE = 0x400
    SIMPLEX = 0x800
    LINK0 = 0x1000
    LINK1 = 0x2000
    LINK2 = 0x4000
    MULTICAST = 0x8000
    PPROMISC = 0x20000
    MONITOR = 0x40000
    STATICARP = 0x80000


# What SIOCSIFFLAGS cannot change.
CANNOT_CHANGE = (
    IFF.BROADCAST
    | IFF.POINTOPOINT
    | IFF.KNOWSEPOCH
    | IFF.RUNNING
    | IFF.OACTIVE
    | IFF.SIMPLEX
    | IFF.MULTICAST
    | IFF.ALLMULTI
    | IFF.PROMISC
)


class ND6(enum.IntFlag):
    """Neighbour discovery options of an interface (netinet6/nd6.h)."""

    NONE = 0
    PERFORMNUD = 0x1
    ACCEPT_RTADV = 0x2
    PREFER_SOURCE = 0x4
    IFDISABLED = 0x8
    DONT_SET_IFROUTE = 0x10
    AUTO_LINKLOCAL = 0x20
    NO_RADR = 0x40
    NO_PREFER_IFACE = 0x80
    NO_DAD = 0x100


class LinkState(enum.Enum):
    """Whether an interface has carrier; UNKNOWN until its driver has said so."""

    UNKNOWN = 0
    DOWN = 1
    UP = 2


class Kind(enum.Enum):
    """The interface type (IFT_*) as far as something asks for it."""

    ETHER = "ether"
    L2VLAN = "l2vlan"
    LOOP = "loop"
    BRIDGE = "bridge"
    LAGG_PORT = "ieee8023adlag"


class Direction(enum.Enum):
    """Which way a frame passed a tap."""

    IN = "in"
    OUT = "out"


Tap = Callable[[bytes, Direction], None]
