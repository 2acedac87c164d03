"""Each scenario finds the NAS as the first one did.

What was made is destroyed, what was changed is restored. Only test ports, interfaces that
did not exist before, static ARP entries, rc.conf and a few sysctls are touched. It takes two
round trips, mostly: a port shows its own settings only when the LAGG is gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from lagg_tool.command import Command, change
from lagg_tool.errors import UnreadableError
from lagg_tool.ifconfig import Interface
from lagg_tool.nas.freebsd import restoring as freebsd
from lagg_tool.nas.freebsd.restoring import Snapshot, snapshot_of
from lagg_tool.nas.truenas import restoring as truenas
from lagg_tool.nas.truenas.midclt import errors
from lagg_tool.nas.truenas.restoring import SYNC_SECONDS, Rows
from lagg_tool.target import Target
from lagg_tool.testbed.contract import Capability
from lagg_tool.testbed.epair.scripts import PREFIX

__all__ = [
    "Rows",
    "Snapshot",
    "answer",
    "manual_restore_commands",
    "restore",
    "restore_cables",
    "restore_rows",
    "take",
    "take_rows",
    "understand",
]

LAGG = "lagg0"
FURTHER = ("lagg1", "lagg2")  # some scenarios make these as well
_DESTROY = change("ifconfig", LAGG, "destroy")


def take(target: Target) -> Snapshot:
    """Look at the NAS. Raises TargetError, UnreadableError."""
    return understand(answer(target))


def answer(target: Target) -> list[str]:
    """Return the NAS's answers about what scenarios may change, as ``understand`` reads them.

    Raises TargetError, UnreadableError.
    """
    return _answer(target, ())


def _answer(target: Target, before: Sequence[Command]) -> list[str]:
    """Run commands, whether they succeed or not, and look after them in the same round trip."""
    answers = target.run_batch([*before, *freebsd.LOOKS])[len(before) :]
    if answers[0].status != 0:  # without the list, everything would seem to be gone
        raise UnreadableError(f"ifconfig -a: {answers[0].stderr.strip() or 'no answer'}")
    rc_conf = answers[-1]
    return [*(done.stdout for done in answers), str(rc_conf.status)]


def understand(answers: Sequence[str]) -> Snapshot:
    """Return the snapshot from answers that were kept. Raises UnreadableError."""
    ifconfig, sysctls, arp, rc_conf, status = answers
    return snapshot_of(ifconfig, sysctls, arp, rc_conf if status == "0" else None)


def take_rows(target: Target, first: Sequence[Command] = ()) -> Rows | None:
    """Ask the middleware, after some calls that change it; None where there is none."""
    if "truenas" not in target.result.facts:
        return None
    answers = target.run_batch([*first, *truenas.LOOKS], SYNC_SECONDS)
    return truenas.rows_of(answers[len(first) :])


def restore_rows(target: Target, before: Rows | None) -> None:
    """Undo what a scenario did to the middleware's database.

    Where other changes were pending before, nothing was done, and they stay as they are.
    Raises AssertionError when the NAS refuses.
    """
    if before is None or before.pending:
        return
    now = take_rows(target)
    if now is None:
        return
    if now.pending:
        now = take_rows(target, [truenas.ROLLBACK]) or now
    if commands := truenas.restore_calls(before, now):
        commands.append(truenas.COMMIT)
        answers = target.run_batch(commands, SYNC_SECONDS * len(commands))
        for number, done in enumerate(answers):
            reason = "; ".join(errors(done.stderr))
            left = "; ".join(each.text for each in commands[number:])
            assert done.status == 0, f"{reason}; still to do, as root: {left}"


def restore(target: Target, before: Snapshot) -> None:
    """Undo what a scenario did. Raises AssertionError when the NAS stays different."""
    restore_cables(target)
    # Without looking whether it is there: a NAS with a lagg0 of its own is left alone.
    commands = [] if LAGG in before.listing.names else [_DESTROY]
    # Twice: what else was made hides how its ports are as well.
    for _ in range(3):
        now = understand(_answer(target, commands))
        commands = freebsd.restore_commands(before, now, target.ports, _is_of_a_testbed)
        if not commands:
            return
    raise AssertionError(f"cannot be undone: {'; '.join(command.text for command in commands)}")


def restore_cables(target: Target) -> None:
    """Unplug what a scenario plugged in, and give every port its carrier back."""
    if target.testbed is not None:
        target.testbed.unplug_switch()
        for port in (
            target.testbed.ports if Capability.CARRIER in target.testbed.capabilities else ()
        ):
            target.testbed.set_link(port, up=True)


def _is_of_a_testbed(interface: Interface) -> bool:
    """Return whether a testbed made it: another run on the same host may have one."""
    return (interface.description or "").startswith(PREFIX)


def manual_restore_commands(
    before: Snapshot, ports: Sequence[str], rows: Rows | None = None
) -> list[Command]:
    """Return the commands that lead back from any state that a scenario may have left.

    For a person, when the NAS cannot be asked any more how it is.
    """
    calls = truenas.manual_restore_calls(before=rows, ports=ports) if rows else []
    return [*calls, *freebsd.manual_restore_commands(before, ports, (LAGG, *FURTHER))]
