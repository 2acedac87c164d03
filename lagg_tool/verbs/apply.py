"""``lagg-tool apply FILE``: change a NAS under a guard on the NAS itself."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import re
import sys

from lagg_tool.command import quote
from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.nas.contract import ApplyOptions, Outcome, Pending, Plan
from lagg_tool.nas.rendering import pending_text, plan_text
from lagg_tool.nas.states import ChangeState
from lagg_tool.output import progress
from lagg_tool.verbs.common import (
    add_lagg_arguments,
    add_take_over,
    add_target_arguments,
    follow_up_command,
    nas_of,
    request_of,
)
from lagg_tool.verbs.outcome import add_json, print_outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``apply``."""
    add_lagg_arguments(parser)
    add_target_arguments(parser)
    add_take_over(parser)
    add = parser.add_argument
    add("--confirm-within", default="60s", metavar="TIME", help="then the host reverts: 60s, 5m")
    add("--hold", action="store_true", help="leave the confirmation to a later session")
    add("--allow-management", action="store_true", help="change also what carries this session")
    add("--runtime-only", action="store_true", help="leave rc.conf alone: a reboot undoes it")
    add("--read-only", action="store_true", help="refuse whatever changes the host")
    add_json(parser)
    parser.epilog = (
        "example: lagg-tool apply lagg0.toml --target ssh://root@nas --confirm-within 2m"
    )


def seconds_of(text: str) -> float:
    """Return a time such as 60s, 5m or 90 in seconds. Raises UsageError."""
    found = re.fullmatch(r"([0-9]{1,5})(s|m|)", text)
    seconds = int(found[1]) * (60 if found[2] == "m" else 1) if found else 0
    if not 5 <= seconds <= 3600:
        raise UsageError(f"--confirm-within {text!r}: write 5s to 3600s, or minutes as in 2m")
    return float(seconds)


def run(options: argparse.Namespace) -> int:
    """Plan, refuse or apply. Returns 0 if the new configuration holds."""
    request = request_of(options)
    how = ApplyOptions(
        within=seconds_of(options.confirm_within),
        hold=options.hold,
        allow_management=options.allow_management,
    )
    with nas_of(options, read_only=options.read_only) as nas:
        plan: Plan = nas.plan(request, nas.observe())
        if options.runtime_only:
            plan = plan.at_runtime_only()
        shown = plan_text(plan, refusals=options.allow_management)
        # Where a terminal shows both streams, the other one has said so already.
        both = not options.json and sys.stdout.isatty() and sys.stderr.isatty()
        progress(("" if both else options.simulated) + shown.rstrip("\n"))
        if plan.empty:
            _refuse_undecided(plan, nas.pending(), options)
            print_outcome(Outcome(ChangeState.CONFIRMED, ""), "nothing to do", options)
            return 0
        if options.read_only:
            raise RefusedError(
                f"--read-only: {plan.name} would be changed; "
                "leave the option out to change it; nothing was touched"
            )
        try:
            outcome = nas.apply(plan, how)
        except RefusedError as refused:
            raise RefusedError(f"{refused}{_allowing(plan, options)}") from refused
    print_outcome(outcome, _message(outcome, options), options)
    return 0


def _refuse_undecided(plan: Plan, pending: Pending, options: argparse.Namespace) -> None:
    """Raise RefusedError if the host is as wanted only until a change of it is decided."""
    if not pending.undecided:
        return
    follow_up = functools.partial(follow_up_command, options)
    text = pending_text(dataclasses.replace(pending, last=None), follow_up).rstrip()
    raise RefusedError(
        f"{plan.name} would be as it is wanted, if it stays so: a change waits for its"
        f" confirmation; nothing was touched\n{text}"
    )


def _allowing(plan: Plan, options: argparse.Namespace) -> str:
    """Return the command that allows what is refused, if that is all there is against it."""
    if options.allow_management or not plan.management or plan.findings or plan.obstacles:
        return ""
    words = [options.file] if options.file else ["--remove", options.remove]
    command = follow_up_command(options, "apply", "")
    given = [quote(each) for each in (*words, "--allow-management")]
    given += ["--confirm-within", quote(options.confirm_within)]
    given += ["--hold"] * options.hold + ["--runtime-only"] * options.runtime_only
    return f"\n  to allow it: {command} {' '.join(given)}"


def _message(outcome: Outcome, options: argparse.Namespace) -> str:
    if options.hold:
        keep = follow_up_command(options, "confirm", outcome.token)
        return f"held: {outcome.token}, {outcome.left:.0f} s left; {keep} keeps it"
    undo = follow_up_command(options, "rollback", outcome.token)
    return f"confirmed: {outcome.token}; {undo} undoes it"
