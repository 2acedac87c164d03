"""The steps of a plan that run ifconfig and dhclient."""

from __future__ import annotations

from lagg_tool.command import change, load_script, script
from lagg_tool.lagg import Address
from lagg_tool.nas.step import Step

# The addresses of a lease cannot be predicted.
DROP_LEASE = load_script("lagg_tool.nas.freebsd.scripts", "drop_lease")


def ifconfig_step(why: str, *words: str) -> Step:
    """Return the step that runs ifconfig with these arguments."""
    return Step(change("ifconfig", *words), why)


def ask_lease_step(why: str, interface: str) -> Step:
    """Return the step that asks for an IPv4 address by DHCP."""
    return Step(change("daemon", "-f", "dhclient", interface), why)


def drop_lease_step(why: str, interface: str, *stay: str) -> Step:
    """Return the step that ends a dhclient and removes the IPv4 addresses, but for some."""
    return Step(script(DROP_LEASE, interface, *stay), why)


def family_of(address: Address) -> str:
    """Return ifconfig's word for an address's family."""
    return "inet" if address.version == 4 else "inet6"
