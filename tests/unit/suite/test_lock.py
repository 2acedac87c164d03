"""Who has a NAS, as the lock on it says."""

from __future__ import annotations

import pytest

from lagg_tool.suite.lock import _holder, _owner


@pytest.mark.parametrize(
    ("answer", "owner", "holder"),
    [
        (
            "ada lovelace 7 x\n150\n61\n",
            "ada lovelace 7 x",
            "the run of ada lovelace 7 x, begun 2 min ago and heard of 61 s ago,",
        ),
        (
            "\n\n3",
            "",
            "the run of somebody, just begun, begun 0 min ago and heard of 3 s ago,",
        ),
        ("", "", "the run of somebody, just begun, begun 0 min ago and heard of 0 s ago,"),
        (" b \n90", "b", "the run of  b , begun 2 min ago and heard of 0 s ago,"),
    ],
)
def test_a_lock_says_whose_it_is_and_since_when(answer: str, owner: str, holder: str) -> None:
    assert _owner(answer) == owner
    assert _holder(answer) == holder
