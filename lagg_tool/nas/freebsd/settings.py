"""The settings of a port that are restored, and the words that restore them. Pure.

What undoes a plan and what undoes a scenario of the suite set a port by the same words.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

Words = tuple[str, ...]  # arguments of ifconfig behind the interface's name


class Setting(enum.Enum):
    """A setting of a port, in the order in which they are restored.

    The flag UP comes last: an IPv4 address brings an interface up (ether_ioctl, SIOCSIFADDR).
    """

    ETHER = "MAC address"
    MTU = "MTU"
    RTADV = "router advertisements"
    ADDRESS = "address"
    LINK_LOCAL = "link-local address"
    UP = "up"


@dataclass(frozen=True)
class PortSettings:
    """Settings of a port to restore; None leaves one as it is. ``addresses`` are added."""

    ether: str | None = None
    mtu: int | None = None
    addresses: tuple[Words, ...] = ()  # as in ("inet", "192.0.2.1/24")
    up: bool | None = None
    rtadv: bool = False  # accept router advertisements again
    link_local: bool = False  # the kernel makes such an address when the port comes up
    ipv6_begins: bool = False  # the kernel makes it now: it took it, and makes it then only

    @property
    def words(self) -> Iterator[tuple[Setting, Words]]:
        """The arguments of one ifconfig command for each setting."""
        if self.ether is not None:
            yield Setting.ETHER, ("ether", self.ether)
        if self.mtu is not None:
            yield Setting.MTU, ("mtu", str(self.mtu))
        if self.rtadv:
            yield Setting.RTADV, ("inet6", "-ifdisabled", "accept_rtadv")
        for address in self.addresses:
            yield Setting.ADDRESS, (*address, "alias")
        for word in ("ifdisabled", "-ifdisabled") if self.ipv6_begins else ():
            yield Setting.LINK_LOCAL, ("inet6", word)
        if self.up is not None:
            yield Setting.UP, ("up" if self.up else "down",)
