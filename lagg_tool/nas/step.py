"""One command of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from lagg_tool.command import Command


@dataclass(frozen=True)
class Step:
    """One command that changes the host, and why it is needed."""

    command: Command
    why: str
