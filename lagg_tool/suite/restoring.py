"""Each scenario finds the NAS as the first one did.

What the run made is destroyed, what it changed is restored: its test ports, the interfaces that
its scenarios name, their variables in rc.conf, static ARP entries for the addresses of tests,
and a few sysctls. What others have changed meanwhile stays. It takes two
round trips, mostly: a port shows its own settings only when the LAGG is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lagg_tool.command import Command
from lagg_tool.errors import UnreadableError
from lagg_tool.nas.made import Made
from lagg_tool.nas.truenas import restoring as truenas
from lagg_tool.nas.truenas.midclt import errors
from lagg_tool.nas.truenas.restoring import SYNC_SECONDS, Rows
from lagg_tool.suite.kinds import FREEBSD, LINUX, Kind, Snapshot, kind_of
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

# In a scenario's steps: names of interfaces, and what makes some whose names nobody knows before.
_NAMES = re.compile(
    r"\b(?:lagg|vlan|bridge|bond|dummy|veth|br)[0-9]+(?:\.[0-9]+)?\b|(?<=\bifconfig )[a-z]\w*"
    r"|(?<= name )[a-z]\w*|(?<=\blink add )[a-z]\w*",
    re.ASCII | re.IGNORECASE,
)
_CABLE = ("virtual cable", "epair")


@dataclass(frozen=True)
class Restored:
    """The commands that took something away or set it back, and what others have changed."""

    done: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    def __add__(self, other: Restored) -> Restored:
        return Restored(self.done + other.done, self.foreign + other.foreign)

    @property
    def lines(self) -> list[str]:
        """What to tell people, if there is something."""
        parts = (("taken away or set back", self.done), ("not of this run, left", self.foreign))
        return [f"{head}: {'; '.join(items)}" for head, items in parts if items]


def names_in(texts: Iterable[str]) -> set[str]:
    """Return the interfaces that a scenario may make, by the texts of its steps."""
    words, kind = _CABLE
    found = {FREEBSD.aggregate, LINUX.aggregate}
    for text in texts:
        found.update(_NAMES.findall(text))
        if words in text:
            found.add(kind)
    return found


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


def take_rows(target: Target, first: Sequence[Command] = ()) -> Rows | None:
    """Ask the middleware, after some calls that change it; None where there is none."""
    if "truenas" not in target.result.facts:
        return None
    answers = target.run_batch([*first, *truenas.LOOKS], SYNC_SECONDS)
    return truenas.rows_of(answers[len(first) :])


def restore_rows(target: Target, before: Rows | None, made: Made) -> Restored:
    """Undo what a run did to the middleware's database.

    Where other changes were pending before, nothing was done, and they stay as they are.
    Raises AssertionError when the NAS refuses.
    """
    if before is None or before.pending:
        return Restored()
    now = take_rows(target)
    if now is None:
        return Restored()
    done = Restored()
    if now.pending:
        now = take_rows(target, [truenas.ROLLBACK]) or now
        done = Restored((truenas.ROLLBACK.text,))
    if commands := truenas.restore_calls(before, now, made):
        commands.append(truenas.COMMIT)
        answers = target.run_batch(commands, SYNC_SECONDS * len(commands))
        for number, answer in enumerate(answers):
            reason = "; ".join(errors(answer.stderr))
            left = "; ".join(each.text for each in commands[number:])
            assert answer.status == 0, f"{reason}; still to do, as root: {left}"
    foreign = truenas.foreign_rows(before, now, made)
    return done + Restored(tuple(command.text for command in commands), tuple(foreign))


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
    before: Snapshot, ports: Sequence[str], rows: Rows | None = None, kind: Kind = FREEBSD
) -> list[Command]:
    """Return the commands that lead back from any state that a scenario may have left.

    For a person, when the NAS cannot be asked any more how it is.
    """
    calls = truenas.manual_restore_calls(before=rows, ports=ports) if rows else []
    return [*calls, *kind.by_hand(before, ports)]
