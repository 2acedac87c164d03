"""Where the results of a run go: to the file that was named, or where there is room."""

from __future__ import annotations

import contextlib
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lagg_tool.evidence import Results


def keep(results: Results, file: Path) -> Path | None:
    """Write the results; return their file, which is another one where this cannot be written.

    Says so then. A run on a real NAS takes half an hour: a full disk is no reason to repeat it.
    Returns None if no directory takes them.
    """
    try:
        results.write(file)
    except OSError as error:
        failed = f"lagg-tool: {error.filename or file}: {error.strerror}"
    else:
        return file
    for directory in _elsewhere():
        with contextlib.suppress(OSError):
            kept = directory / f"lagg-results-{secrets.token_hex(4)}.json.gz"
            results.write(kept)
            print(f"{failed}; the results are in {kept}", file=sys.stderr)
            return kept
    print(f"{failed}; nor can the results be kept elsewhere", file=sys.stderr)
    return None


def _elsewhere() -> Iterator[Path]:
    yield Path(tempfile.gettempdir())
    yield Path.cwd()
    with contextlib.suppress(RuntimeError):  # there is no home directory
        yield Path.home()
