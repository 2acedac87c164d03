"""An interface as the next boot leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lagg_tool.lagg import Address, Protocol

# The switches that a new lagg has on, whatever the sysctls say.
USUAL_SWITCHES = frozenset({"USE_NUMA", "LACP_STRICT"})


@dataclass(frozen=True)
class Unclear:
    """A variable with a word whose effect is not known, or at which ifconfig stops."""

    variable: str
    word: str
    stops: bool = False

    @property
    def text(self) -> str:
        """The variable and the word, for people."""
        what = "ifconfig stops at" if self.stops else "this tool does not understand"
        return f"{self.variable}: {what} {self.word!r}"


@dataclass
class BootInterface:
    """One interface; ``switches`` and ``offloads`` hold only what its lines say.

    ``ports`` and ``members`` are in the order in which they join. ``carp`` addresses belong to a
    vhid.
    """

    name: str
    up: bool = False
    mtu: int = 1500
    ether: str = ""
    description: str = ""
    addresses: list[Address] = field(default_factory=list)
    carp: list[Address] = field(default_factory=list)
    dhcp: bool = False
    ipv6: bool = False
    ipv6_auto: bool = False
    lagg: bool = False
    protocol: Protocol = Protocol.FAILOVER  # lagg_clone_create()
    ports: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)  # of a bridge
    layers: tuple[str, ...] = ()
    switches: dict[str, bool] = field(default_factory=dict)
    flowid_shift: int | None = None
    rr_limit: int | None = None
    offloads: list[str] = field(default_factory=list)
    vlan: bool = False
    parent: str = ""  # of a VLAN; one without takes no MTU
    tag: int | None = None
    mtu_lost: int = 0  # octets of the parent's MTU that the tag takes
    master: str = ""  # the lagg whose port it is
    long_frames: bool = False  # carries a VLAN's tag above its MTU (VLAN_MTU)
