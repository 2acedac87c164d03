"""The observation of a TrueNAS CORE: its middleware and its kernel, in one round trip."""

from __future__ import annotations

from lagg_tool.command import Completed, Effect, Runner, read
from lagg_tool.errors import HostError
from lagg_tool.nas.freebsd import observation as freebsd
from lagg_tool.nas.truenas.midclt import call, items_of, value_of, version_of
from lagg_tool.nas.truenas.state import RECORD, Middleware, TrueNasState, read_record

_QUESTIONS = (
    read("cat", "/etc/version"),
    call("interface.query", effect=Effect.READ),
    call("interface.has_pending_changes", effect=Effect.READ),
    call("interface.checkin_waiting", effect=Effect.READ),
    read("cat", RECORD),
)


def observe(runner: Runner) -> TrueNasState:
    """Look at both sides in one round trip. Raises HostError and TargetError."""
    below = freebsd.observe_commands()
    answers = runner.run_batch([*below, *_QUESTIONS])
    kernel = freebsd.read_answers(answers[: len(below)])
    middleware = _read(answers[len(below) :]) if kernel.host.root else None
    return TrueNasState(kernel.host, kernel.listing, middleware)


def _read(answers: list[Completed]) -> Middleware:
    version, query, pending, waiting, record = answers
    if version_of(version.stdout) is None:
        raise HostError(
            f"{version.stdout.strip() or 'this'} is no TrueNAS CORE from 12.0 to 13.3; other"
            " middleware has other rules"
        )
    seconds = value_of(waiting)
    return Middleware(
        items={item["name"]: item for item in items_of(query)},
        pending=value_of(pending) is True,
        waiting=float(seconds) if isinstance(seconds, int | float) else None,
        record=read_record(record.stdout) if record.status == 0 else None,
    )
