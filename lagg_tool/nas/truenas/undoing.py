"""How a change of a TrueNAS is undone: by its middleware, or from the record of what was there."""

from __future__ import annotations

from lagg_tool.errors import HostError, LaggToolError, RevertedError
from lagg_tool.nas.truenas.plan import Call
from lagg_tool.nas.truenas.session import MiddlewareSession, NotCommittedError
from lagg_tool.nas.truenas.state import ChangeRecord, Middleware

RESTARTED = (
    "a restart of the NAS or its middleware before the check-in makes a change permanent (B-13)"
)


def take_back(nas: MiddlewareSession, record: ChangeRecord) -> None:
    """Bring back what was there before the change that is being made."""
    nas.drop()
    if calls := record.calls_back(nas.look_again().items):
        nas.tell(f"{RESTARTED}; writing back what was there")
        _write_back(nas, record, calls)


def roll_back(nas: MiddlewareSession, record: ChangeRecord, state: Middleware) -> None:
    """Bring back what was there before a change of any session."""
    if state.pending:
        nas.drop()
        state = nas.look_again()
    if calls := record.calls_back(state.items):
        _write_back(nas, record, calls)


def _write_back(nas: MiddlewareSession, record: ChangeRecord, calls: tuple[Call, ...]) -> None:
    """Commit what was there and check it in.

    Raises HostError or TargetError if it does not hold then.
    """
    failed: LaggToolError | None = None
    try:
        if not nas.commit(calls):
            nas.wait_for_timer(record.token)
    except NotCommittedError as error:
        nas.drop()
        failed = error.reason
    except RevertedError as error:
        failed = HostError(str(error))
    state = nas.look_again() if failed else nas.check_in()
    if state.pending:
        raise nas.unknown()
    if record.calls_back(state.items):
        failed = failed or HostError("what was there was not checked in")
        again = nas.follow_up("rollback", record.token)
        raise type(failed)(
            f"{failed}; {record.token} is not undone; {again} tries again"
        ) from failed
