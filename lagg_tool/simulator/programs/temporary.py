"""mkstemp(3) as mktemp(1) and sysrc(8) use it."""

from __future__ import annotations

import string

from lagg_tool.simulator.system.nodes import FileError, Reason
from lagg_tool.simulator.system.process import Process

_LETTERS = string.ascii_letters + string.digits


def make_temporary(
    process: Process, template: str, *, directory: bool = False, quiet: bool = False
) -> str | None:
    """Make a file from a template whose last X become random; None if that failed, and say so."""
    stem = template.rstrip("X")
    count = len(template) - len(stem)
    files = process.system.filesystem
    while True:
        name = stem + "".join(process.system.rng.choice(_LETTERS) for _ in range(count))
        try:
            if directory:
                files.make_directory(process.path(name), 0o700, process.uid)
            else:
                files.create(process.path(name), 0o600, process.uid)
        except FileError as error:
            if error.reason is Reason.EEXIST and count:
                continue
            if not quiet:
                verb = "mkdtemp" if directory else "mkstemp"
                process.err(f"mktemp: {verb} failed on {name}: {error}\n")
            return None
        return name
