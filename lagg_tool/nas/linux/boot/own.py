"""The files that this tool writes: their first line, and their text."""

from __future__ import annotations

from lagg_tool.bond.state import Lines


def mark(name: str) -> str:
    """Return the first line of a file of ours, which says how to take it away."""
    return f"# lagg_tool {name}: lagg-tool apply --remove {name} takes this file away\n"


def text_of(lines: Lines) -> str:
    """Return the text of a file that was printed as a whole."""
    return "".join(f"{line}\n" for _, line in lines)
