"""What these verbs share: the options that name a target, and the file of a LAGG."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lagg_tool.command import Runner, quote
from lagg_tool.errors import UsageError
from lagg_tool.lagg import HostState, LaggSpec, check_name, parse_spec
from lagg_tool.nas.contract import Observation
from lagg_tool.nas.freebsd.observation import FreeBSDHost
from lagg_tool.nas.freebsd.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.truenas.observation import MiddlewareState
from lagg_tool.nas.truenas.plan import MiddlewarePlan, make_middleware_plan, removal_middleware_plan
from lagg_tool.ssh.hostkeys import DEFAULT_FILES, HostKeys
from lagg_tool.target import Target, TargetOptions, open_target


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a target and the way to it."""
    add = parser.add_argument
    add("--target", default="sim:", metavar="URL", help="ssh://user@host[:port], or sim:")
    add("--identity", action="append", type=Path, default=[], metavar="FILE")
    add("--agent", action="store_true", help="use the keys of the running SSH agent")
    add("--host-key-policy", choices=["strict", "accept-new"], default="strict")
    add("--host-key", metavar="SHA256:…", help="the only host key to accept")


def add_lagg_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names the LAGG that is wanted, or the one that is not."""
    parser.add_argument("file", nargs="?", metavar="FILE.toml", help="the LAGG that is wanted")
    parser.add_argument("--remove", metavar="NAME", help="remove this LAGG instead")


def open_from(options: argparse.Namespace, *, read_only: bool) -> Target:
    """Open the target that the options name. Raises UsageError and TargetError."""
    accept_new = DEFAULT_FILES[0] if options.host_key_policy == "accept-new" else None
    host_keys = HostKeys(fingerprint=options.host_key, accept_new=accept_new)
    return open_target(
        options.target,
        TargetOptions(
            identities=tuple(options.identity),
            agent=options.agent,
            host_keys=host_keys,
            read_only=read_only,
        ),
    )


def sayer(options: argparse.Namespace) -> Callable[[str, str], str]:
    """Return what makes the command for a verb and a token, for the same target as this one.

    It is shown for people to copy: a token alone would be looked for on the default target.
    """
    way = ["--target", options.target]
    for identity in options.identity:
        way += ["--identity", str(identity)]
    if options.agent:
        way.append("--agent")
    if options.host_key:
        way += ["--host-key", options.host_key]
    if options.host_key_policy != "strict":
        way += ["--host-key-policy", options.host_key_policy]

    def say(verb: str, token: str) -> str:
        words = ["lagg-tool", verb, *([token] if token else []), *way]
        return " ".join(quote(word) for word in words)

    return say


def observe(runner: Runner) -> Observation:
    """Look at the host in one round trip. Raises UnreadableError and TargetError."""
    return FreeBSDHost(runner).observe()


class Wish:
    """What is wanted: the LAGG of a file, or that there be none of a name."""

    def __init__(self, options: argparse.Namespace) -> None:
        if (options.file is None) == (options.remove is None):
            raise UsageError("name one: the file of a LAGG, or --remove and the name of one")
        self._spec: LaggSpec | None = None
        if options.remove is not None:
            self.name = check_name(options.remove)
        else:
            self._spec = parse_spec(read_text(options.file), options.file)
            self.name = self._spec.name

    def plan(self, host: HostState) -> Plan:
        """Return the way there from the observed state."""
        if self._spec is None:
            return removal_plan(self.name, host)
        return make_plan(self._spec, host)

    def middleware_plan(self, state: MiddlewareState) -> MiddlewarePlan:
        """Return the way there through the middleware of a TrueNAS."""
        if self._spec is None:
            return removal_middleware_plan(self.name, state.items, state.kernel.state)
        return make_middleware_plan(self._spec, state.items, state.kernel.state)


def read_text(path: str) -> str:
    """Return what a file holds, or standard input for ``-``. Raises UsageError."""
    try:
        if path == "-":
            return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
        return Path(path).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a file that can be read") from None
