"""The test ports of a host behind SSH, and the testbed at them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

from lagg_tool.command import Runner, read
from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.ifconfig import parse as parse_ifconfig
from lagg_tool.nas.freebsd.observation import SESSION, read_session
from lagg_tool.target.options import TargetOptions, TestbedChoice
from lagg_tool.target.target import Target
from lagg_tool.testbed.epair.testbed import EpairTestbed
from lagg_tool.testbed.qemu.machine import MAC_PREFIX, TEST_NICS
from lagg_tool.testbed.udp import UdpTestbed

# Interfaces that ifconfig makes; the other "ether" ones are network cards.
_CLONED = re.compile(r"(lagg|vlan|bridge|epair|tap|tun|lo|vmnet|gif|gre|wlan|usbus)\d*[ab]?")


def wire(target: Target, options: TargetOptions, closing: contextlib.ExitStack) -> None:
    """Find the test ports, and put the testbed at them that the options ask for.

    Raises UsageError, RefusedError (no epairs on this host) and TargetError.
    """
    if _wants_epairs(options) and _try_epairs(target, options, closing):
        return
    target.ports = options.ports or network_cards(target.connection)
    if options.wire_base is None:
        return
    nas_base, testbed_base = options.wire_base
    testbed = UdpTestbed(
        target.clock,
        dict(enumerate(target.ports, 1)),
        nas_base=nas_base,
        testbed_base=testbed_base,
        cables=cables(target.connection, target.ports),
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


def cables(runner: Runner, ports: Sequence[str]) -> dict[int, int]:
    """Return the cable's number by the port's, both from 1 on, from the ports' MAC addresses.

    If they are not those that our virtual machines have, the first port is at the first cable.
    """
    listing = parse_ifconfig(runner.run(read("ifconfig", "-a")).stdout)
    ours = {f"{MAC_PREFIX}{number:02x}": number for number in range(1, len(TEST_NICS) + 1)}
    found = [listing.get(name) for name in ports]
    numbers = [ours.get(port.hwaddr or port.ether or "") if port else None for port in found]
    known = [number for number in numbers if number is not None]
    if len(set(known)) != len(ports):
        return {number: number for number in range(1, len(ports) + 1)}
    return dict(enumerate(known, 1))


def network_cards(runner: Runner) -> tuple[str, ...]:
    """Return the Ethernet cards in the kernel's order, without the one the session uses.

    Raises UsageError if it is unclear which one that is, and TargetError.
    """
    listed, session = runner.run_batch([read("ifconfig", "-l", "ether"), SESSION])
    management = read_session(session.stdout).interface
    if not management:  # a guess could cut the session
        raise UsageError("which interface carries this session is unclear; give --ports NAMES")
    names = listed.stdout.split()
    return tuple(n for n in names if not _CLONED.fullmatch(n) and n != management)
