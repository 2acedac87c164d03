"""What pytest exits with, so that ``accept`` can tell a target's error from a failed test."""

from lagg_tool.errors import LaggToolError

# What the plugin exits with when the target cannot be used: this and the error's status.
TARGET_EXIT = 100


def exit_code(error: LaggToolError) -> int:
    """Return what pytest is to exit with so that ``accept`` ends with the error's status."""
    return TARGET_EXIT + error.exit_status
