"""Commands of this tool in messages: somebody can type each as it stands."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "lagg-tool"
_OWN = Path(sys.executable).with_name(_NAME)


def own_command(*words: str) -> str:
    """Return the line that runs this tool with ``words``, in a shell of who reads it.

    It has the tool's path where a shell does not find the name, as after ``make`` alone.
    Results and pages, which others read, have the bare name.
    """
    known = shutil.which(_NAME) or not _OWN.exists()
    return shlex.join([_NAME if known else str(_OWN), *words])


def with_bare_name(text: str) -> str:
    """Return a message for results: its commands have the name, not the path."""
    return text.replace(shlex.quote(str(_OWN)), _NAME)


def own_directory() -> Path | None:
    """Return the directory of this tool for a search path; None where it has no file."""
    return _OWN.parent if _OWN.exists() else None
