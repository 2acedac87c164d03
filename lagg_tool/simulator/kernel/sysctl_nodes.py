"""The sysctl leaves that a network host's administrator asks for, in the order of a walk."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from lagg_tool.simulator.kernel.sysctl import Node, Scope
from lagg_tool.simulator.release import Release

_TABLE = (
    ("net.inet.ip.forwarding", "Enable IP forwarding between interfaces", 0),
    ("net.inet.ip.ttl", "Maximum TTL on IP packets", 64),
    ("net.inet.ip.rfc6864", "Use constant IP ID for atomic datagrams", 1),
    ("net.inet.ip.random_id", "Assign random ip_id values", 0),
    ("net.inet.icmp.icmplim", "Maximum number of ICMP responses per second", 200),
    ("net.inet.icmp.bmcastecho", "Reply to multicast ICMP Echo Request", 0),
    ("net.inet.tcp.tso", "Enable TCP Segmentation Offload", 1),
    ("net.link.ether.inet.maxtries", "ARP resolution attempts before returning error", 5),
    ("net.link.ether.inet.max_age", "ARP entry lifetime in seconds", 1200),
    ("net.link.ether.inet.wait", "Incomplete ARP entry lifetime in seconds", 20),
    ("net.link.ether.inet.maxhold", "Number of packets to hold per ARP entry", 16),
    ("net.link.ether.inet.garp_rexmit_count", "Number of times to retransmit GARP packets", 0),
    ("net.inet6.ip6.forwarding", "Enable forwarding of IPv6 packets between interfaces", 0),
    ("net.inet6.ip6.hlim", "Default hop limit to use for outgoing IPv6 packets", 64),
    ("net.inet6.ip6.accept_rtadv", "Default value of per-interface flag for accepting RAs", 0),
    ("net.inet6.ip6.auto_linklocal", "Default value of per-interface flag for link-locals", 1),
    ("net.inet6.ip6.dad_count", "Number of ICMPv6 NS messages sent during DAD", 1),
)


def boot_time_text(seconds: float) -> str:
    """Return kern.boottime as sysctl(8) prints it; ``seconds`` since the epoch, UTC."""
    fraction, whole = math.modf(seconds)
    when = datetime.fromtimestamp(whole, UTC)
    micros = round(fraction * 1e6)
    return (
        f"{{ sec = {int(whole)}, usec = {micros} }} {when:%a %b} {when.day:2d} {when:%H:%M:%S %Y}"
    )


def host_nodes(
    release: Release,
    hostname: Callable[[], str],
    boot_time: Callable[[], float],
    jails: Callable[[], int],
) -> list[Node]:
    """Return kern.* and hw.*: what the machine is."""
    uname = f"{release.system} {release.version} {release.kernel}"
    return [
        Node("kern.ostype", "Operating system type", release.system, writable=False),
        Node("kern.osrelease", "Operating system release", release.version, writable=False),
        Node("kern.osrevision", "Operating system revision", 199506, writable=False),
        Node("kern.version", "Kernel version", uname, writable=False),
        Node("kern.hostname", "Hostname", "", writable=False, compute=hostname),
        Node(
            "kern.boottime",
            "Estimated system boottime",
            "",
            writable=False,
            compute=lambda: boot_time_text(boot_time()),
        ),
        Node("kern.osreldate", "Kernel release date", release.osreldate, writable=False),
        Node("kern.features.vimage", "VIMAGE kernel virtualization", 1, writable=False),
        Node("hw.machine", "System machine type", "amd64", writable=False),
        Node("hw.model", "Machine model", "QEMU Virtual CPU version 2.5+", writable=False),
        Node("hw.ncpu", "Number of active CPUs", 1, writable=False),
        Node("hw.physmem", "Amount of physical memory (in bytes)", 1041154048, writable=False),
        Node(
            "security.jail.children.cur",
            "Current number of child jails",
            0,
            writable=False,
            compute=jails,
        ),
        Node("security.jail.jailed", "Process in jail?", 0, writable=False),
    ]


def network_nodes() -> list[Node]:
    """Return net.inet.*, net.link.ether.* and net.inet6.*: one copy per network stack."""
    return [Node(name, description, value, Scope.VNET) for name, description, value in _TABLE]
