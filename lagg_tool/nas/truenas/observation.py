"""The observation of a TrueNAS CORE: its middleware and its kernel, in one round trip."""

from __future__ import annotations

from typing import Any

from lagg_tool.command import Completed, Effect, Runner, read, script
from lagg_tool.errors import CommandError, HostError
from lagg_tool.nas.freebsd import observation as freebsd
from lagg_tool.nas.truenas.midclt import call, errors_text, items_of, read_value, version_of
from lagg_tool.nas.truenas.state import RECORD, Middleware, TrueNasState, read_record

_QUERY = call("interface.query", effect=Effect.READ)

# Nothing waits for a check-in unless changes are pending; each midclt is a Python of its own.
_PENDING = """\
pending=$(midclt call interface.has_pending_changes) || exit
echo "$pending"
[ "$pending" != True ] || midclt call interface.checkin_waiting
"""

_WAITS = script(_PENDING, effect=Effect.READ)
_QUESTIONS = (
    read("cat", "/etc/version"),
    _QUERY,
    _WAITS,
    read("cat", RECORD),
)


def observe(runner: Runner) -> TrueNasState:
    """Look at both sides in one round trip. Raises HostError and TargetError."""
    below = freebsd.observe_commands()
    answers = runner.run_batch([*below, *_QUESTIONS])
    kernel = freebsd.read_answers(answers[: len(below)])
    middleware = _read(answers[len(below) :]) if kernel.host.root else None
    return TrueNasState(kernel.host, kernel.listing, middleware)


def observe_again(runner: Runner, before: TrueNasState) -> TrueNasState:
    """Look at what a change in the kernel may have changed. Raises HostError and TargetError."""
    kernel = freebsd.observe_again(runner, before)
    return TrueNasState(kernel.host, kernel.listing, before.middleware)


def pending_changes(runner: Runner) -> tuple[bool, float | None]:
    """Return whether changes are pending, and the seconds left for a check-in, if it counts.

    Raises CommandError and TargetError.
    """
    return _read_pending(runner.run(_WAITS))


def stored_items(runner: Runner) -> dict[str, dict[str, Any]]:
    """Return the interfaces of the database. Raises CommandError and TargetError."""
    return _items(runner.run(_QUERY))


def _items(done: Completed) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in items_of(done)}


def _read_pending(done: Completed) -> tuple[bool, float | None]:
    if done.status != 0:
        raise CommandError("interface.has_pending_changes", done.status, errors_text(done))
    pending, _, waiting = done.stdout.partition("\n")
    seconds = read_value(waiting)
    return (
        read_value(pending) is True,
        float(seconds) if isinstance(seconds, int | float) else None,
    )


def _read(answers: list[Completed]) -> Middleware:
    version, query, pending, record = answers
    if version_of(version.stdout) is None:
        raise HostError(
            f"{version.stdout.strip() or 'this'} is not TrueNAS CORE 12.0 to 13.3; other"
            " middleware has other rules"
        )
    is_pending, waiting = _read_pending(pending)
    return Middleware(
        items=_items(query),
        pending=is_pending,
        waiting=waiting,
        record=read_record(record.stdout) if record.status == 0 else None,
    )
