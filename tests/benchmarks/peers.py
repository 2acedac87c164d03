"""The peers' own environment, made from the lock file beside this one."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import Contender
from tests.support.paths import ROOT

HERE = Path(__file__).parent
VENV = ROOT / "build" / "benchmarks" / "venv"
LOCK = HERE / "requirements.lock"
_MODULES = {
    "paramiko": "paramiko",
    "asyncssh": "asyncssh",
    "fabric": "fabric",
    "pytest-testinfra": "testinfra",
    "ansible-core": "ansible",
    "jc": "jc",
    "scapy": "scapy",
    "behave": "behave",
    "mkdocs": "mkdocs",
}


def install() -> str:
    """Install the peers where that is not done yet; return what went wrong, or nothing."""
    stamp = VENV / LOCK.name
    if stamp.exists() and filecmp.cmp(stamp, LOCK, shallow=False):
        return ""
    for command in (
        [sys.executable, "-m", "venv", str(VENV)],
        [
            *(str(VENV / "bin" / "python"), "-m", "pip", "install", "-qq"),
            *("--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)),
        ],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
    shutil.copy(LOCK, stamp)
    return ""


def versions() -> dict[str, str]:
    """Return the versions of the peers that are installed; "absent" for the others."""
    code = (
        "import importlib.metadata as m, sys\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, m.version(name))\n"
        "    except m.PackageNotFoundError: print(name, 'absent')"
    )
    python = VENV / "bin" / "python"
    if not python.exists():
        return dict.fromkeys(_MODULES, "absent")
    done = subprocess.run(
        [str(python), "-c", code, *_MODULES], capture_output=True, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


def ours(name: str, file: str, mode: str, environment: dict[str, str]) -> Contender:
    """Return a contender that runs in our own environment."""
    return _contender(name, sys.executable, file, mode, environment)


def peer(name: str, file: str, mode: str, environment: dict[str, str]) -> Contender:
    """Return a contender that runs in the peers' environment."""
    return _contender(name, str(VENV / "bin" / "python"), file, mode, environment)


def _contender(
    name: str, python: str, file: str, mode: str, environment: dict[str, str]
) -> Contender:
    return Contender(
        name,
        (python, "-W", "ignore", "-m", f"tests.benchmarks.contenders.{file}", mode),
        environment,
    )
