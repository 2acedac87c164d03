"""``ssh://user@host[:port]``: a host that runs already, simulated or real."""

from __future__ import annotations

import contextlib

from lagg_tool.clock import SystemClock
from lagg_tool.evidence import Journal
from lagg_tool.ssh.address import Address, parse
from lagg_tool.ssh.connection import Connection
from lagg_tool.target.description import describe
from lagg_tool.target.options import TargetOptions, TestbedChoice
from lagg_tool.target.target import Target


def open_url(
    url: str, options: TargetOptions, journal: Journal, closing: contextlib.ExitStack
) -> Target:
    """Connect to a host. Raises UsageError and TargetError."""
    return open_address(url, parse(url), options, journal, closing)


def open_address(
    url: str,
    address: Address,
    options: TargetOptions,
    journal: Journal,
    closing: contextlib.ExitStack,
) -> Target:
    """Connect to the host at an address, which goes by ``url`` in the results."""

    def connect() -> Connection:
        return Connection(
            address,
            options.host_keys,
            identities=options.identities,
            agent=options.agent,
            read_only=options.read_only,
        )

    target = Target(connect, SystemClock(), journal, options.ports)
    closing.callback(target.hang_up)
    if options.bench is not TestbedChoice.NONE:
        from lagg_tool.target.wiring import wire  # noqa: PLC0415 - loads the testbeds

        wire(target, options, closing)
    describe(target, url)
    return target
