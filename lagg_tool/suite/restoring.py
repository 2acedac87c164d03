"""Each scenario finds the NAS as the first one did.

What the run made is destroyed, what it changed is restored: its test ports, the interfaces that
its scenarios name, their variables in rc.conf, static ARP entries for the addresses of tests,
and a few sysctls. What others have changed meanwhile stays. It takes two
round trips, mostly: a port shows its own settings only when what it is in is gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from lagg_tool.command import Command
from lagg_tool.errors import UnreadableError
from lagg_tool.nas.made import Made, Restored, names_in
from lagg_tool.nas.truenas.restoring import Rows
from lagg_tool.suite.kinds import FREEBSD, Kind, Snapshot, kind_of
from lagg_tool.target import Target
from lagg_tool.testbed.contract import Capability

__all__ = [
    "Made",
    "Restored",
    "Rows",
    "Snapshot",
    "answer",
    "kind_of",
    "manual_restore_commands",
    "names_in",
    "restore",
    "restore_cables",
    "restore_rows",
    "take",
    "take_rows",
    "understand",
]


def take(target: Target) -> Snapshot:
    """Look at the NAS. Raises TargetError, UnreadableError."""
    return understand(answer(target), kind_of(target))


def answer(target: Target) -> list[str]:
    """Return the NAS's answers about what scenarios may change, as ``understand`` reads them.

    Raises TargetError, UnreadableError.
    """
    return _answer(target, ())[1]


def _answer(target: Target, before: Sequence[Command]) -> tuple[list[str], list[str]]:
    """Run commands, whether they succeed or not, and look after them in the same round trip.

    Returns the commands that succeeded, and the answers.
    """
    answers = target.run_batch([*before, *kind_of(target).looks])
    done = [c.text for c, a in zip(before, answers, strict=False) if a.status == 0]
    answers = answers[len(before) :]
    if answers[0].status != 0:  # without the list, everything would seem to be gone
        command = answers[0].command.text
        raise UnreadableError(f"{command}: {answers[0].stderr.strip() or 'no answer'}")
    return done, [*(answer.stdout for answer in answers), str(answers[-1].status)]


def understand(answers: Sequence[str], kind: Kind = FREEBSD) -> Snapshot:
    """Return the snapshot from answers that were kept. Raises UnreadableError."""
    found: Snapshot = kind.understand(answers)
    return found


def take_rows(target: Target) -> Rows | None:
    """Ask the NAS's middleware; None where there is none."""
    return kind_of(target).take_rows(target)


def restore_rows(target: Target, before: Rows | None, made: Made) -> Restored:
    """Undo what a run did to the middleware's rows; AssertionError when the NAS refuses."""
    return Restored() if before is None else kind_of(target).restore_rows(target, before, made)


def restore(target: Target, before: Snapshot, made: Made) -> Restored:
    """Undo what a run did. Raises AssertionError when the NAS stays different."""
    restore_cables(target)
    kind = kind_of(target)
    # Without looking whether it is there: a NAS with one of its own is left alone.
    commands = [] if kind.aggregate in before.names else [kind.destroy]
    done: list[str] = []
    # Twice: what else was made hides how its ports are as well.
    for _ in range(3):
        answers, texts = _answer(target, commands)
        done += answers
        now = understand(texts, kind)
        commands = kind.commands(before, now, made)
        if not commands:
            foreign = kind.foreign(before, now, made)
            return Restored(tuple(done), tuple(foreign))
    raise AssertionError(f"cannot be undone: {'; '.join(command.text for command in commands)}")


def restore_cables(target: Target) -> None:
    """Unplug what a scenario plugged in, and give every port its carrier back."""
    if target.testbed is not None:
        target.testbed.unplug_switch()
        for port in (
            target.testbed.ports if Capability.CARRIER in target.testbed.capabilities else ()
        ):
            target.testbed.set_link(port, up=True)


def manual_restore_commands(
    target: Target, before: Snapshot, rows: Rows | None = None
) -> list[Command]:
    """Return the commands that lead back from any state that a scenario may have left.

    For a person, when the NAS cannot be asked any more how it is.
    """
    kind = kind_of(target)
    calls = kind.rows_by_hand(rows, target.ports) if rows else []
    return [*calls, *kind.by_hand(before, target.ports)]
