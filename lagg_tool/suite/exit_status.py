"""What pytest exits with, and what ``accept`` and ``faults`` make of it."""

from __future__ import annotations

import pytest

from lagg_tool.errors import LaggToolError, TargetError

# What the plugin exits with when the target cannot be used: this and the error's status.
TARGET_EXIT = 100
# When a scenario was ended by an error that says nothing about the NAS.
BROKEN_EXIT = TARGET_EXIT + TargetError.exit_status

_STATUSES = {
    pytest.ExitCode.OK: 0,
    pytest.ExitCode.TESTS_FAILED: 1,
    pytest.ExitCode.INTERRUPTED: 2,  # a feature file cannot be read
    pytest.ExitCode.USAGE_ERROR: 2,
    pytest.ExitCode.NO_TESTS_COLLECTED: 2,
}


class NoWayError(Exception):
    """A worker of a shared run cannot use its target; ``error`` says why, and no scenario ran."""

    def __init__(self, error: LaggToolError) -> None:
        super().__init__(str(error))
        self.error = error


def exit_code(error: Exception) -> int:
    """Return what pytest is to exit with so that ``accept`` ends with the error's status."""
    return TARGET_EXIT + error.exit_status if isinstance(error, LaggToolError) else BROKEN_EXIT


def exit_status(code: int) -> int:
    """Return the exit status for what pytest exited with."""
    if code > TARGET_EXIT:
        return code - TARGET_EXIT
    return _STATUSES.get(pytest.ExitCode(code), 1)
