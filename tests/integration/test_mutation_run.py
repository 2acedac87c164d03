"""What a mutant leaves behind does not end the run of the tests that try it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.mutation import PYTEST_WORDS
from tests.support.paths import ROOT

# It is collected when the run is over: in the middle of an import, CPython 3.11 cannot warn.
LEAVES_A_SOCKET = """
import gc
import socket

def test_it():
    gc.disable()
    cycle = [socket.socket()]
    cycle.append(cycle)
"""


def test_a_mutant_that_leaves_a_socket_open_does_not_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(LEAVES_A_SOCKET)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", *PYTEST_WORDS, tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
