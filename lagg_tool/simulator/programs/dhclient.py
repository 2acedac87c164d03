"""dhclient(8) of FreeBSD 13, as far as a network without a DHCP server goes.

It asks, waits, asks again, and sleeps after a minute, in the background, before it goes on;
offers are not taken.
"""

from __future__ import annotations

import contextlib
import struct
from ipaddress import IPv4Address, IPv4Interface

from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.inet import Inet
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.system.process import Process
from lagg_tool.wire.ethernet import BROADCAST, Ethernet, EtherType
from lagg_tool.wire.ip import Ipv4, Protocol
from lagg_tool.wire.transport import Udp

USAGE = """\
usage: dhclient [-bdqu] [-c config-file] [-l lease-file] [-p pid-file] interface
"""
NOBODY, EVERYBODY = IPv4Address("0.0.0.0"), IPv4Address("255.255.255.255")  # noqa: S104
CLIENT_PORT, SERVER_PORT = 68, 67
FIRST_INTERVAL = 3  # seconds
TIMEOUT = 60  # seconds until it gives up (config->timeout)
RETRY = 300  # seconds until it starts again (config->retry_interval)
LINK_TRIES = 11
PATH = "/sbin/dhclient"
LOW_DELAY, TTL = 0x10, 128
MAGIC = bytes.fromhex("63825363")
BOOTP_LENGTH = 300
_BOOTP = struct.Struct("!BBBBIHH16x16s192x")


def discover(lladdr: bytes, transaction: int, seconds: int, hostname: str) -> bytes:
    """Return a DHCPDISCOVER, a BOOTP packet of 300 bytes (RFC 2131)."""
    name = hostname.encode()
    fixed = _BOOTP.pack(1, 1, 6, 0, transaction, seconds, 0, lladdr)
    options = (
        b"\x35\x01\x01"
        + bytes((61, 7, 1))
        + lladdr
        + bytes((12, len(name)))
        + name
        + bytes((55, 10, 1, 28, 2, 121, 3, 15, 6, 12, 119, 26))
        + b"\xff"
    )
    return (fixed + MAGIC + options).ljust(BOOTP_LENGTH, b"\0")


def frame_of(lladdr: bytes, packet: bytes) -> bytes:
    """Return the broadcast frame that carries it, written to bpf(4) as it is."""
    payload = Udp(CLIENT_PORT, SERVER_PORT, packet).encode(NOBODY, EVERYBODY)
    datagram = Ipv4(NOBODY, EVERYBODY, Protocol.UDP, payload, TTL, service=LOW_DELAY)
    return Ethernet(BROADCAST, lladdr, EtherType.IPV4, datagram.encode()).encode()


def next_interval(interval: int) -> int:
    """Return the pause after the next question: a third longer (send_discover adds at random)."""
    return interval + max(1, interval // 3)


def _has_link(interface: Interface) -> bool:
    status = interface.media_status()
    return status is None or status.carrier


async def _wait_for_link(process: Process, interface: Interface) -> bool:
    """Wait a few seconds for carrier, with a dot for each."""
    if _has_link(interface):
        return True
    process.err(f"{interface.name}: no link ...")
    await process.sleep(1)
    for _ in range(LINK_TRIES):
        if _has_link(interface):
            process.err(" got link\n")
            return True
        process.err(".")
        if not await _stays(process, interface, 1):
            return False
    process.err(" giving up\n")
    return False


def _prepare(inet: Inet, interface: Interface) -> None:
    """Do what dhclient-script does for PREINIT: an address of zeros, and up."""
    address = IPv4Interface((NOBODY, 8))
    with contextlib.suppress(KernelError):
        inet.add_address(interface, address, EVERYBODY, alias=True)


async def dhclient(process: Process) -> int:
    """Run dhclient."""
    options = getopt(process, "bdq", USAGE)
    if len(options.words) != 1:
        fail(process, "", USAGE)
    name = options.words[0]
    interface = process.vnet.find(name)
    if interface is None:
        process.err(f"{name}: not found\nexiting.\n")
        return 1
    if process.uid:  # /dev/bpf0 is root's (if_register_bpf, sbin/dhclient/bpf.c)
        process.err("Can't find free bpf: Permission denied\nexiting.\n")
        return 1
    _prepare(process.vnet.inet, interface)
    if not await _wait_for_link(process, interface):
        return 1
    if not await _ask(process, interface):
        return 1
    process.err("No DHCPOFFERS received.\n")
    process.err("No working leases in persistent database - sleeping.\n")
    daemon = process.table.start((PATH, name), _sleep, {}, process)
    daemon.title = f"dhclient: {name}"
    daemon.background = True
    return 0


async def _sleep(process: Process) -> int:
    """Ask again and again, until the interface goes."""
    process.endless = True
    interface = process.vnet.find(process.argv[-1])
    if interface is not None:
        while await _stays(process, interface, RETRY) and await _ask(process, interface):
            pass
    return 1


async def _stays(process: Process, interface: Interface, seconds: float) -> bool:
    """Wait; return at once, and False, when the interface goes (rtm_dispatch, state_panic)."""

    def is_gone() -> bool:
        return process.vnet.find(interface.name) is not interface

    return not await process.wait_until(is_gone, process.now() + seconds)


async def _ask(process: Process, interface: Interface) -> bool:
    """Ask for a minute; return False if the interface goes meanwhile."""
    transaction = process.kernel.random.getrandbits(32)
    begun, interval = process.now(), FIRST_INTERVAL
    while process.now() - begun < TIMEOUT:
        process.err(
            f"DHCPDISCOVER on {interface.name} to {EVERYBODY} port {SERVER_PORT}"
            f" interval {interval}\n"
        )
        seconds = int(process.now() - begun)
        packet = discover(interface.lladdr, transaction, seconds, process.kernel.hostname)
        with contextlib.suppress(KernelError):
            interface.output_raw(frame_of(interface.lladdr, packet))
        if not await _stays(process, interface, interval):
            return False
        interval = next_interval(interval)
    return True
