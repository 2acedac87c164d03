"""``ssh://user@host[:port]``: a host that runs already, simulated or real."""

from __future__ import annotations

import contextlib

from lagg_tool.clock import SystemClock
from lagg_tool.nas.opening import product_of
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.become import Become, Program
from lagg_tool.ssh.config import Route, find_route
from lagg_tool.ssh.connection import Connection
from lagg_tool.target.description import describe, read_facts
from lagg_tool.target.options import TargetOptions, TestbedChoice
from lagg_tool.target.target import Target


def open_url(url: str, options: TargetOptions, closing: contextlib.ExitStack) -> Target:
    """Connect to a host. Raises UsageError and TargetError."""
    return open_route(url, find_route(url, options.ssh_config), options, closing)


def open_route(
    url: str,
    to: Route | Address,
    options: TargetOptions,
    closing: contextlib.ExitStack,
) -> Target:
    """Connect to a host, which goes by ``url`` in the results."""
    login = to if isinstance(to, Address) else to.address
    become = Become(Program(options.become), login) if options.become else None

    def connect() -> Connection:
        return Connection(
            to,
            options.host_keys,
            identities=options.identities,
            agent=options.agent,
            read_only=options.read_only,
            become=become,
        )

    target = Target(connect, SystemClock(), options.ports)
    closing.callback(target.hang_up)
    facts = read_facts(target.connection)
    if options.bench is not TestbedChoice.NONE:
        from lagg_tool.target.wiring import wire  # noqa: PLC0415 - loads the testbeds

        wire(target, options, closing, linux=product_of(facts) == "linux")
    describe(target, url, facts)
    return target
