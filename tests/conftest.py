"""What every test uses: Hypothesis without a deadline, since no test depends on wall time."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.article import SCALE_VARIABLE, UNSET, article_folder, scale_folder

# Messages name this tool as where a shell finds it; tests/unit/test_own_command.py hides it.
os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{Path(sys.executable).parent}"

# `make check` measures coverage in the workers of pytest -n. What their tests start is not
# measured: it runs in real time, and some of it is asked which modules it loads.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

# What the tests run shall not ignore a hangup because they are run by nohup(1), nor Ctrl-C
# because a script runs them in the background.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The terminal and the settings of the user who runs the tests change nothing that they see.
os.environ["TERM"] = "xterm"
for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "LAGG_TOOL_TARGET", "SSH_AUTH_SOCK"):
    os.environ.pop(name, None)

# The same examples everywhere, however slow the machine is: what passes here passes there.
# `make chaos` looks for others, and for more: by the profile "long", and see tests/fuzz.py.
TOO_SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "long", deadline=None, max_examples=1000, suppress_health_check=TOO_SLOW, derandomize=False
)
settings.register_profile(
    "steady", deadline=None, max_examples=60, suppress_health_check=TOO_SLOW, derandomize=True
)
settings.load_profile("steady")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Give a directory with a short name, wherever others are: a Unix socket's path needs one."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes that are no text by their argument: gzip's hold the second.

    The workers of pytest-xdist run nothing unless all collect the same names.
    """
    return argname if isinstance(val, bytes) and not val.isascii() else None


@pytest.fixture(scope="session")
def article() -> Path:
    """Return the folder of the article's pages; skip where the environment names none."""
    folder = article_folder(os.environ)
    if folder is None:
        pytest.skip(UNSET)
    return folder


@pytest.fixture(scope="session")
def scale_article() -> Path:
    """Return the folder of the article's pages; skip where the environment names none."""
    folder = scale_folder(os.environ)
    if folder is None:
        pytest.skip(f"{SCALE_VARIABLE} names no folder with the pages of the successor's article")
    return folder
