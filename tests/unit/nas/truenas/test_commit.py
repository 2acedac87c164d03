"""What the commit on TrueNAS refuses, and what it names in doing so."""

from __future__ import annotations

import dataclasses

import pytest

from lagg_tool.errors import RefusedError
from lagg_tool.nas.truenas.commit import refuse_pending
from lagg_tool.nas.truenas.state import ChangeRecord, Middleware

RECORD = ChangeRecord("t-1", "lagg0", "ada@lovelace", confirmed=False, before={})
OURS = (
    "a change of lagg0 by ada@lovelace is pending (t-1){}: lagg-tool confirm t-1 keeps it,"
    " lagg-tool rollback t-1 undoes it; nothing was touched"
)
OTHERS = (
    "somebody's network changes are pending on the NAS{}; have them tested and saved, or reverted,"
    " in the web interface first; nothing was touched"
)


def follow_up(verb: str, token: str) -> str:
    return f"lagg-tool {verb} {token}"


@pytest.mark.parametrize(
    ("record", "pending", "waiting", "message"),
    [
        (RECORD, True, None, OURS.format("")),
        (RECORD, True, 12.4, OURS.format(", 12 s left to check it in")),
        (RECORD, False, 0.0, OURS.format(", 0 s left to check it in")),
        (None, True, None, OTHERS.format("")),
        (
            dataclasses.replace(RECORD, confirmed=True),
            True,
            7.0,
            OTHERS.format(", 7 s left to check it in"),
        ),
    ],
    ids=["ours", "ours that counts", "ours at its end", "the web interface's", "since ours"],
)
def test_a_change_that_is_pending_is_named_with_what_ends_it(
    record: ChangeRecord | None, pending: bool, waiting: float | None, message: str
) -> None:
    state = Middleware({}, pending=pending, waiting=waiting, record=record)

    with pytest.raises(RefusedError) as refused:
        refuse_pending(state, follow_up)

    assert str(refused.value) == message


@pytest.mark.parametrize("record", [None, RECORD])
def test_what_is_not_pending_is_not_refused(record: ChangeRecord | None) -> None:
    refuse_pending(Middleware({}, pending=False, record=record), follow_up)
