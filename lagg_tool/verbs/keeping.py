"""Where the results of a run go: to the file that was named, or where there is room."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
from pathlib import Path

from lagg_tool.evidence import Results
from lagg_tool.user import home


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
    for directory in (tempfile.gettempdir, os.getcwd, home):
        with contextlib.suppress(OSError):  # nor need there be any
            kept = Path(directory()) / f"lagg-results-{secrets.token_hex(4)}.json.gz"
            results.write(kept)
            print(f"{failed}; the results are in {kept}", file=sys.stderr)
            return kept
    print(f"{failed}; nor can the results be kept elsewhere", file=sys.stderr)
    return None
