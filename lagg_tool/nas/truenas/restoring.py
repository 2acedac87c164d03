"""Putting the database of a TrueNAS's middleware back to how it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lagg_tool.command import Command, Completed, Effect, Runner
from lagg_tool.nas.made import Made, Restored
from lagg_tool.nas.truenas.midclt import call, errors_text, items_of, read_value
from lagg_tool.nas.truenas.plan import EDITABLE

SYNC_SECONDS = 60.0  # for one commit: up to ten seconds for each LAGG's link
ROLLBACK = call("interface.rollback")
COMMIT = call("interface.commit", {"rollback": False})
LOOKS = tuple(
    call(method, effect=Effect.READ)
    for method in (
        "interface.query",
        "interface.has_pending_changes",
        "interface.checkin_waiting",
    )
)


@dataclass(frozen=True)
class Rows:
    """What the middleware knows: its interfaces, and whether a change is pending."""

    items: Mapping[str, Mapping[str, Any]]
    pending: bool


def rows_of(answers: Sequence[Completed]) -> Rows:
    """Return the rows from the answers to ``LOOKS``. Raises CommandError, UnreadableError."""
    items, pending, waiting = answers
    is_pending = read_value(pending.stdout) is True or read_value(waiting.stdout) is not None
    return Rows({item["name"]: item for item in items_of(items)}, is_pending)


def take_rows(nas: Runner, first: Sequence[Command] = ()) -> Rows:
    """Ask the middleware, after some calls that change it."""
    answers = nas.run_batch([*first, *LOOKS], SYNC_SECONDS)
    return rows_of(answers[len(first) :])


def restore_rows(nas: Runner, before: Rows, made: Made) -> Restored:
    """Undo what a run did to the middleware's database.

    Where other changes were pending before, nothing was done, and they stay as they are.
    Raises AssertionError when the NAS refuses.
    """
    if before.pending:
        return Restored()
    now, done = take_rows(nas), Restored()
    if now.pending:
        now, done = take_rows(nas, [ROLLBACK]), Restored((ROLLBACK.text,))
    if commands := restore_calls(before, now, made):
        commands.append(COMMIT)
        answers = nas.run_batch(commands, SYNC_SECONDS * len(commands))
        for number, answer in enumerate(answers):
            if answer.status != 0:
                left = "; ".join(each.text for each in commands[number:])
                raise AssertionError(f"{errors_text(answer)}; still to do, as root: {left}")
    foreign = foreign_rows(before, now, made)
    return done + Restored(tuple(command.text for command in commands), tuple(foreign))


def restore_calls(before: Rows, now: Rows, made: Made) -> list[Command]:
    """Return the calls that lead back, without a commit; VLANs go before what they are on.

    What the run has not made is left alone.
    """
    gone = [
        item
        for name, item in now.items.items()
        if name not in before.items
        and _stored(item)
        and made.has_interface(name, item.get("vlan_parent_interface") or "")
    ]
    gone.sort(key=lambda item: item["type"] != "VLAN")
    commands = [call("interface.delete", item["name"]) for item in gone]
    for name in sorted(now.items.keys() & before.items.keys() & made.names.union(made.ports)):
        was, item = before.items[name], now.items[name]
        if all(was[field] == item[field] for field in EDITABLE):
            continue
        fields = {field: was[field] for field in EDITABLE}
        blank = not any(fields.values())
        if blank and item["type"] == "PHYSICAL":
            commands.append(call("interface.delete", name))
        else:
            commands.append(call("interface.update", name, fields))
    return commands


def foreign_rows(before: Rows, now: Rows, made: Made) -> list[str]:
    """Return the rows that were made since by others than the run, for people."""
    return [
        f"the middleware's {name}"
        for name, item in now.items.items()
        if name not in before.items
        and _stored(item)
        and not made.has_interface(name, item.get("vlan_parent_interface") or "")
    ]


def manual_restore_calls(before: Rows, ports: Sequence[str]) -> list[Command]:
    """Return the calls that delete lagg0 and restore the ports, from any state."""
    if before.pending:
        return []
    there = {name: before.items[name] for name in ports if name in before.items}
    changed = dict.fromkeys(EDITABLE)  # as no row is: every port is restored
    now = Rows({name: {**item, **changed} for name, item in there.items()}, pending=False)
    back = restore_calls(before, now, Made.of((), ports))
    return [ROLLBACK, call("interface.delete", "lagg0"), *back, COMMIT]


def _stored(item: Mapping[str, Any]) -> bool:
    """Return whether a clone is in the database: only then is it known what it is made of."""
    return any(item.get(f) for f in ("lag_ports", "vlan_parent_interface", "bridge_members"))
