"""The test ports of a host behind SSH, and the testbed at them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence

from lagg_tool.bond.state import BondHost
from lagg_tool.command import Runner, read
from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.ifconfig import parse as parse_ifconfig
from lagg_tool.nas.freebsd.observation import SESSION, read_session
from lagg_tool.nas.linux.observation import observe
from lagg_tool.nas.linux.plan.checks import under
from lagg_tool.target.options import TargetOptions, TestbedChoice
from lagg_tool.target.target import Target
from lagg_tool.testbed.epair.testbed import EpairTestbed
from lagg_tool.testbed.qemu.machine import MAC_PREFIX, TEST_NICS
from lagg_tool.testbed.udp import UdpTestbed

# Interfaces that ifconfig makes; the other "ether" ones are network cards.
_CLONED = re.compile(r"(lagg|vlan|bridge|epair|tap|tun|lo|vmnet|gif|gre|wlan|usbus)\d*[ab]?")

_UNCLEAR = "which interface carries this session is unclear; give --ports NAMES"


def wire(
    target: Target, options: TargetOptions, closing: contextlib.ExitStack, *, linux: bool
) -> None:
    """Find the test ports, and put the testbed at them that the options ask for.

    Raises UsageError, RefusedError (no epairs on this host) and TargetError.
    """
    if linux and options.bench is TestbedChoice.EPAIR:
        raise UsageError("--bench epair: only FreeBSD has epair(4); give --wire-base A:B")
    if not linux and _wants_epairs(options) and _try_epairs(target, options, closing):
        return
    host = observe(target.connection).host if linux else None
    target.ports = options.ports or (
        linux_cards(host) if host is not None else network_cards(target.connection)
    )
    if options.wire_base is None:
        return
    if host is not None:
        macs = {name: link.permanent for name, link in host.links.items()}
    else:
        macs = _mac_addresses(target.connection)
    nas_base, testbed_base = options.wire_base
    testbed = UdpTestbed(
        target.clock,
        dict(enumerate(target.ports, 1)),
        nas_base=nas_base,
        testbed_base=testbed_base,
        cables=cables(macs, target.ports),
        qmp=options.qmp,
        journal=target.journal,
    )
    target.testbed = closing.enter_context(testbed)


def _wants_epairs(options: TargetOptions) -> bool:
    """Return whether the host is to be its own testbed; ``--ports`` names other ports."""
    if options.bench is TestbedChoice.EPAIR:
        return True
    wired = options.wire_base is not None or bool(options.ports)
    return options.bench is TestbedChoice.BEST and not wired and not options.read_only


def _try_epairs(target: Target, options: TargetOptions, closing: contextlib.ExitStack) -> bool:
    """Make an epair testbed; do without where the host has none and it is no must."""
    try:
        testbed = closing.enter_context(EpairTestbed(target.connect, target.clock, target.journal))
    except RefusedError as error:
        if options.bench is TestbedChoice.EPAIR:
            raise
        options.tell(f"no testbed: {error}")
        return False
    target.testbed, target.ports = testbed, tuple(testbed.names.values())
    return True


def cables(macs: Mapping[str, str], ports: Sequence[str]) -> dict[int, int]:
    """Return the cable's number by the port's, both from 1 on, from the cards' MAC addresses.

    If they are not those that our virtual machines have, the first port is at the first cable.
    """
    ours = {f"{MAC_PREFIX}{number:02x}": number for number in range(1, len(TEST_NICS) + 1)}
    numbers = [ours.get(macs.get(name, "")) for name in ports]
    known = [number for number in numbers if number is not None]
    if len(set(known)) != len(ports):
        return {number: number for number in range(1, len(ports) + 1)}
    return dict(enumerate(known, 1))


def _mac_addresses(runner: Runner) -> dict[str, str]:
    listing = parse_ifconfig(runner.run(read("ifconfig", "-a")).stdout)
    return {each.name: each.hwaddr or each.ether or "" for each in listing.interfaces}


def linux_cards(host: BondHost) -> tuple[str, ...]:
    """Return the Ethernet cards of a Linux host, without what carries the session.

    Raises UsageError if it is unclear which interface that is.
    """
    management = host.management.interface
    if not management:
        raise UsageError(_UNCLEAR)
    carriers = under(management, host)
    return tuple(n for n, link in host.links.items() if not link.kind and n not in carriers)


def network_cards(runner: Runner) -> tuple[str, ...]:
    """Return the Ethernet cards in the kernel's order, without the one the session uses.

    Raises UsageError if it is unclear which one that is, and TargetError.
    """
    listed, session = runner.run_batch([read("ifconfig", "-l", "ether"), SESSION])
    management = read_session(session.stdout).interface
    if not management:  # a guess could cut the session
        raise UsageError(_UNCLEAR)
    names = listed.stdout.split()
    return tuple(n for n in names if not _CLONED.fullmatch(n) and n != management)
