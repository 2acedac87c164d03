"""``lagg-tool apply FILE``: change a host under the eyes of a guard on the host itself."""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import json
import re
import socket
import sys

from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.commit import ConfirmedCommit, Outcome, State, refuse_unless_allowed
from lagg_tool.nas.freebsd.plan import Plan, RcChange, as_written, render
from lagg_tool.target import Target
from lagg_tool.verbs import truenas
from lagg_tool.verbs.common import (
    Wish,
    add_lagg_arguments,
    add_target_arguments,
    observe,
    open_from,
    sayer,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``apply``."""
    add_lagg_arguments(parser)
    add_target_arguments(parser)
    add = parser.add_argument
    add("--confirm-within", default="60s", metavar="TIME", help="then the host reverts: 60s, 5m")
    add("--hold", action="store_true", help="leave the confirmation to a later session")
    add("--allow-management", action="store_true", help="touch what carries this session")
    add("--runtime-only", action="store_true", help="leave rc.conf alone: a reboot undoes it")
    add("--read-only", action="store_true", help="refuse whatever changes the host")
    add("--json", action="store_true", help="the outcome as JSON")


def seconds_of(text: str) -> float:
    """Return a time such as 60s, 5m or 90 in seconds. Raises UsageError."""
    found = re.fullmatch(r"([0-9]{1,5})(s|m|)", text)
    seconds = int(found[1]) * (60 if found[2] == "m" else 1) if found else 0
    if not 5 <= seconds <= 3600:
        raise UsageError(f"--confirm-within {text!r}: write 5s to 3600s, or minutes as in 2m")
    return float(seconds)


def run(options: argparse.Namespace) -> int:
    """Plan, refuse or apply. Returns 0 if the new configuration holds."""
    wish, within = Wish(options), seconds_of(options.confirm_within)
    with open_from(options, read_only=options.read_only) as target:
        if truenas.is_truenas(target):
            return _through_middleware(target, wish, within, options)
        host = observe(target).state
        plan = wish.plan(host)
        written = plan.rc  # what a probe is to take for said, though --runtime-only never writes it
        if options.runtime_only:
            plan = dataclasses.replace(plan, rc=(), record=None)
        print(render(plan, refusals=options.allow_management), end="", file=sys.stderr)
        if plan.empty:
            _print(Outcome(State.CONFIRMED, ""), "nothing to do", as_json=options.json)
            return 0
        refuse_unless_allowed(
            plan,
            host,
            allow_management=options.allow_management,
            runtime_only=options.runtime_only,
        )
        outcome = _commit(target, plan, wish, written, options)
    _print(outcome, _said(outcome, options), as_json=options.json)
    return 0


def _said(outcome: Outcome, options: argparse.Namespace) -> str:
    say = sayer(options)
    if options.hold:
        keeping = say("confirm", outcome.token)
        return f"held: {outcome.token}, {outcome.left:.0f} s left; {keeping} keeps it"
    return f"confirmed: {outcome.token}; {say('rollback', outcome.token)} undoes it"


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _through_middleware(
    target: Target, wish: Wish, within: float, options: argparse.Namespace
) -> int:
    if options.runtime_only:
        raise RefusedError("--runtime-only: the middleware of a TrueNAS keeps every change")
    with truenas.middleware(target, sayer(options), _who(), within) as tool:
        plan = wish.middleware_plan(tool.look())
        print(truenas.rendered(plan), end="", file=sys.stderr)
        if plan.empty:
            _print(Outcome(State.CONFIRMED, ""), "nothing to do", as_json=options.json)
            return 0
        if options.read_only:
            raise RefusedError(f"--read-only: {plan.name} would be changed; nothing was touched")
        outcome = tool.apply(plan, hold=options.hold, allow_management=options.allow_management)
    _print(outcome, _said(outcome, options), as_json=options.json)
    return 0


def _commit(
    target: Target,
    plan: Plan,
    wish: Wish,
    written: tuple[RcChange, ...],
    options: argparse.Namespace,
) -> Outcome:
    tool = ConfirmedCommit(
        target.connect,
        target.clock,
        observe=observe,
        who=_who(),
        within=seconds_of(options.confirm_within),
        tell=lambda line: print(line, file=sys.stderr, flush=True),
        say=sayer(options),
    )

    def replan(host: HostState) -> Plan:
        return wish.plan(as_written(host, written))

    try:
        return tool.apply(plan, replan, hold=options.hold)
    except KeyboardInterrupt:
        print(tool.ahead(), file=sys.stderr)
        raise
    finally:
        tool.close()


def _print(outcome: Outcome, said: str, *, as_json: bool) -> None:
    if as_json:
        data = {
            "state": outcome.state.name,
            "token": outcome.token,
            "seconds_left": outcome.left,
            "said": said,
        }
        print(json.dumps(data, indent=1))
    else:
        print(said)
