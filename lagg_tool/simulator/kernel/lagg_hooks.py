"""What a lagg asks of its protocol (struct lagg_proto, sys/net/if_lagg.c)."""

from __future__ import annotations

import enum
from typing import ClassVar, Protocol

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.wire.slow import Info


class Option(enum.IntFlag):
    """Options of a lagg (LAGG_OPT_*, sys/net/if_lagg.h)."""

    USE_FLOWID = 0x01
    FLOWID_SHIFT = 0x02
    USE_NUMA = 0x04
    RR_LIMIT = 0x08
    LACP_STRICT = 0x10
    LACP_TXTEST = 0x20
    LACP_RXTEST = 0x40
    LACP_FAST_TIMO = 0x80


class Hooks(Protocol):
    """The hooks; what is here already is done by protocol ``none``."""

    name: ClassVar[str] = "none"
    owns_link_state: ClassVar[bool] = False  # LACP decides about the link itself
    carries_data: ClassVar[bool] = True  # all but ``none`` do
    takes_turns: ClassVar[bool] = False  # rr_limit means something

    def detach(self) -> None:
        """Stop for good (pr_detach)."""

    def start(self, frame: bytes) -> None:
        """Send a frame (pr_start). Raises KernelError."""
        del frame
        raise self.refused(Errno.ENXIO)

    def input(self, port: LaggPort, frame: bytes) -> bool:
        """Return whether a frame received on a port goes on to the stack (pr_input)."""
        del port, frame
        return False

    def add_port(self, port: LaggPort) -> None:
        """Learn of a new port, which is in ``lagg.ports`` (pr_addport). Raises KernelError."""

    def remove_port(self, port: LaggPort) -> None:
        """Learn that a port leaves; it is still in ``lagg.ports`` (pr_delport)."""

    def link_changed(self, port: LaggPort) -> None:
        """Learn of a port's new link state (pr_linkstate)."""

    def init(self) -> None:
        """Begin: the lagg runs (pr_init)."""

    def stop(self) -> None:
        """Rest: the lagg does not run any more (pr_stop)."""

    def lladdr_changed(self) -> None:
        """Take note of another primary and MAC address (pr_lladdr)."""

    def port_flags(self, port: LaggPort) -> PortFlag:
        """Return a port's flags in the answer to SIOCGLAGG (lagg_port2req)."""
        del port
        return PortFlag(0)

    def options(self) -> Option:
        """Return the protocol's own options that are on."""
        return Option(0)

    def set_option(self, option: Option, *, on: bool) -> None:
        """Set an option of the protocol's own. Raises KernelError."""
        del option, on
        raise KernelError(Errno.EINVAL)

    def active_ports(self) -> int:
        """Return the number that ifconfig -v calls active ports (SIOCGLAGGOPTS)."""
        ...

    def lag_id(self) -> tuple[Info, Info] | None:
        """Return actor and partner of the active aggregator, for LACP only (pr_request)."""
        return None

    def peers(self, port: LaggPort) -> tuple[Info, Info] | None:
        """Return a port's actor and partner, for LACP only (pr_portreq)."""
        del port
        return None

    def refused(self, errno: Errno) -> KernelError:
        """Count a frame that cannot be sent, and return the error to raise."""
        ...
