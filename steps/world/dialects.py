"""What the steps say to a FreeBSD host, and to a Linux host, where the two differ."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from lagg_tool.command import Command, read

if TYPE_CHECKING:
    from steps.world.world import World

PERIOD = 0.05  # seconds between the pings of a stream; root may send so fast


class Dialect(ABC):
    """How one system is told the same things; ``aggregate`` is what most scenarios make.

    ``refusals`` are the statuses of a command that is refused.
    """

    aggregate: str
    refusals: Collection[int]
    looks_up: Command  # fails for an interface that is not there, whose name follows

    @abstractmethod
    def ether(self, world: World, name: str) -> str:
        """Return the MAC address that an interface has now, or nothing."""

    @abstractmethod
    def neighbour(self, address: str, ether: str) -> list[str]:
        """Return the command that makes a neighbour known for good."""

    @abstractmethod
    def pings(self, count: int, address: str) -> str:
        """Return the command that sends a few pings, which need no answers."""

    @abstractmethod
    def stream(self, count: int, address: str) -> str:
        """Return the command that sends many pings, one each PERIOD, which need no answers."""

    def exists(self, world: World, name: str) -> bool:
        """Return whether there is such an interface."""
        return world.target.run(read(*self.looks_up.argv, name)).status == 0


class FreeBSD(Dialect):
    """ifconfig(8), arp(8), and FreeBSD's ping(8)."""

    aggregate = "lagg0"
    refusals = (1,)
    looks_up = read("ifconfig")

    def ether(self, world: World, name: str) -> str:
        """Return the MAC address that ifconfig shows."""
        return world.interface(name).ether or ""

    def neighbour(self, address: str, ether: str) -> list[str]:
        """Return the command that adds a static ARP entry."""
        return ["arp", "-s", address, ether]

    def pings(self, count: int, address: str) -> str:
        """Return the command; -W is in milliseconds, -t bounds it, in seconds."""
        return f"ping -c {count} -i 0.05 -W 300 -t 3 {address}"

    def stream(self, count: int, address: str) -> str:
        """Return the command; -W is in milliseconds, -t bounds it, in seconds."""
        return f"ping -q -i {PERIOD} -c {count} -W 300 -t {round(2 * count * PERIOD) + 3} {address}"


class Linux(Dialect):
    """iproute2 and iputils: ping's -t is the time to live there, and -W is in seconds.

    With -w it would go on until every ping is answered, beyond -c.
    """

    aggregate = "bond0"
    refusals = range(1, 256)
    looks_up = read("ip", "link", "show", "dev")

    def ether(self, world: World, name: str) -> str:
        """Return the MAC address that ip shows."""
        done = world.target.run(read("ip", "-j", "link", "show", "dev", name))
        assert done.status == 0, f"{done.command.text}: {done.stderr.strip()}"
        return str(json.loads(done.stdout)[0].get("address", ""))

    def neighbour(self, address: str, ether: str) -> list[str]:
        """Return the command that adds a permanent neighbour."""
        words = ["ip", "neighbour", "replace", address, "lladdr", ether, "nud", "permanent"]
        return [*words, "dev", self.aggregate]

    def pings(self, count: int, address: str) -> str:
        """Return the command; it waits for an answer to the last ping."""
        return f"ping -n -c {count} -i {PERIOD} -W 0.3 {address}"

    def stream(self, count: int, address: str) -> str:
        """Return the command; it waits for an answer to the last ping."""
        return f"ping -n -q -c {count} -i {PERIOD} -W 0.3 {address}"


_BY_PRODUCT: Mapping[str, Dialect] = {"linux": Linux()}
_FREEBSD = FreeBSD()


def dialect_of(facts: Mapping[str, str]) -> Dialect:
    """Return what a NAS is told with, by its facts."""
    return _BY_PRODUCT.get(facts.get("product", ""), _FREEBSD)
