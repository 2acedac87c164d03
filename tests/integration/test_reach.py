"""The simulated host is as large as its uses: no program, function or line is idle.

What the acceptance run, the replays, the tool's scripts and an interactive login do not
reach is dead weight. ``tests/support/reach.json`` holds the exceptions: functions, each with
its reason, and per file how many lines may stay unreached; error branches do not count.
Renew the numbers with ``python -m tests.support.reach --write``.
"""

from __future__ import annotations

import json

import pytest

from tests.support import reach

TOLERANCE = 3  # lines of a file that a run reaches or not by chance: threads, lost clients


@pytest.fixture(scope="module")
def measured() -> reach.Reach:
    return reach.measure()


pytestmark = pytest.mark.slow


def test_every_installed_program_is_run(measured: reach.Reach) -> None:
    expected = json.loads(reach.LIMITS.read_text())["programs"]

    new = set(measured.programs) - set(expected)
    assert not new, "nothing runs these; remove them, or say in reach.json why they stay"


def test_every_function_is_called(measured: reach.Reach) -> None:
    expected = json.loads(reach.LIMITS.read_text())["functions"]

    new = set(measured.functions) - set(expected)
    assert not new, "nothing calls these; remove them, or say in reach.json why they stay"


def test_no_file_has_more_idle_lines_than_before(measured: reach.Reach) -> None:
    limits = json.loads(reach.LIMITS.read_text())["lines"]

    grown = {
        path: lines
        for path, lines in measured.lines.items()
        if len(lines) > limits.get(path, 0) + TOLERANCE
    }
    assert not grown, f"new lines that nothing reaches:\n{reach.Reach(lines=grown)}"
