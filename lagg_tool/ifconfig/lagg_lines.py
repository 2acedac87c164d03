"""The lines that ifconfig prints of a lagg and its LACP peers (iflagg.c, lagg_status)."""

from __future__ import annotations

from dataclasses import dataclass

from lagg_tool.ifconfig.lines import Bits, Line


@dataclass(frozen=True, slots=True)
class LaggProto(Line):
    """``laggproto lacp lagghash l2,l3,l4``; ``layers`` is None where no hash is printed."""

    protocol: str
    layers: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        """The line without its newline."""
        layers = "" if self.layers is None else f" lagghash {','.join(self.layers)}"
        return f"\tlaggproto {self.protocol}{layers}"


@dataclass(frozen=True, slots=True)
class LaggFlags(Line):
    """``flags=14<USE_NUMA,LACP_STRICT>`` below ``lagg options:``."""

    bits: Bits

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\t\tflags={self.bits.text}"


@dataclass(frozen=True, slots=True)
class Figure(Line):
    """A number below a heading: flowid_shift, rr_limit, active ports, flapping."""

    key: str
    value: int

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\t\t{self.key}: {self.value}"


@dataclass(frozen=True, slots=True)
class Peer:
    """One LACP system and port: priority, address, key, port priority, port number."""

    system_priority: int
    system: str  # six octets in capitals, joined by "-"
    key: int
    port_priority: int
    port: int

    @property
    def text(self) -> str:
        """The five fields in parentheses."""
        return (
            f"({self.system_priority:04X},{self.system},{self.key:04X},"
            f"{self.port_priority:04X},{self.port:04X})"
        )


# What is before and after a peer: the actor opens the list, the partner closes it.
PEER_FRAMES = {
    "lag id actor": ("\tlag id: [", ","),
    "lag id partner": ("\t\t ", "]"),
    "actor": ("\t\t[", ","),
}


@dataclass(frozen=True, slots=True)
class PeerLine(Line):
    """An actor or partner of the lag id or of a port; ``place`` is a key of PEER_FRAMES.

    A port's partner is printed exactly as the lag id's: "lag id partner" means both.
    """

    place: str
    peer: Peer

    @property
    def text(self) -> str:
        """The line without its newline."""
        before, after = PEER_FRAMES[self.place]
        return f"{before}{self.peer.text}{after}"


@dataclass(frozen=True, slots=True)
class LaggPort(Line):
    """``laggport: vtnet1 flags=1c<…> state=3d<…>``; the state comes with -v and LACP only."""

    port: str
    flags: Bits
    state: Bits | None = None

    @property
    def text(self) -> str:
        """The line without its newline."""
        state = "" if self.state is None else f" state={self.state.text}"
        return f"\tlaggport: {self.port} flags={self.flags.text}{state}"
