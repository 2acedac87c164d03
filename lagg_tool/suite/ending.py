"""What an exception that ended a scenario says: of the NAS, or of something else.

A scenario is *failed* by an assertion alone. Every other error makes it *broken*: no verdict
rests on it.
"""

from __future__ import annotations

import pytest

from lagg_tool.errors import LaggToolError, TargetError
from lagg_tool.evidence import Status

# The words of a failure that results.json keeps.
_REASON_LENGTH = 4000


def status_of(error: BaseException) -> Status:
    """Return how an exception ends a scenario: only an assertion is about the NAS.

    So is the plugin's own ``pytest.fail``. A lost connection, an error of this machine or of
    the testbed says nothing about the NAS.
    """
    if isinstance(error, pytest.skip.Exception):
        return Status.SKIPPED
    about_the_nas = isinstance(error, AssertionError | pytest.fail.Exception)
    return Status.FAILED if about_the_nas else Status.BROKEN


def cause_of(error: BaseException) -> str:
    """Return the reason of a scenario that is broken."""
    if isinstance(error, TargetError):
        return f"the connection to the NAS was lost: {words_of(error)}"
    if isinstance(error, LaggToolError):
        return words_of(error)
    return f"an error outside the NAS: {type(error).__name__}: {words_of(error)}"


def words_of(error: BaseException) -> str:
    """Return the message of a failure or a skip, without pytest's account of the values."""
    words = str(getattr(error, "msg", None) or error).strip().split("\n +  where ")[0]
    words = words.split("\nassert ")[0]
    return (words or type(error).__name__)[:_REASON_LENGTH]
