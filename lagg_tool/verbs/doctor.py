"""``lagg-tool doctor``: what this machine has of what the tool needs, and where it looks."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from lagg_tool import assets
from lagg_tool.ssh.hostkeys import DEFAULT_FILES, GLOBAL_FILES
from lagg_tool.testbed.linux_vm import cache
from lagg_tool.testbed.qemu.accelerator import QEMU
from lagg_tool.testbed.qemu.vm import cache_directory, state_directory
from lagg_tool.user import expanded

PACKAGES = (
    *("fastjsonschema", "jinja2", "mkdocs", "paramiko"),
    *("pytest", "pytest-bdd", "pytest-xdist", "shtab"),
)
# program: what needs it, and the Debian package that brings it
PROGRAMS = {
    "ssh": ("nothing here; for people", "openssh-client"),
    "git": ("the commit's name in results.json", "git"),
    QEMU: ("qemu:linux, qemu:IMAGE and vm", "qemu-system-x86"),
    "apt-get": ("qemu:linux, which is made of Debian's packages", "apt"),
    "chromium": ("the tests of the site", "chromium"),
}
_OLDEST = (3, 11)
_EPILOG = (
    "example: lagg-tool doctor --json; "
    "exit status: 0 all that is required is there; 1 something required is missing"
)


@dataclass(frozen=True)
class Check:
    """One thing that is needed: whether it is there, which one, and for what or what to do."""

    name: str
    required: bool
    found: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Setting:
    """A value that was not given on the command line, and its source."""

    name: str
    value: str
    source: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``doctor``."""
    parser.epilog = _EPILOG
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Look and print. Returns 1 if something that is required is missing."""
    found, settings = list(checks()), list(sources())
    if options.json:
        data = {
            "checks": [asdict(check) for check in found],
            "settings": [asdict(setting) for setting in settings],
        }
        print(json.dumps(data, indent=1))
    else:
        for check in found:
            print(_line(check))
        for setting in settings:
            print(f"{setting.name}: {setting.value} ({setting.source})")
    return 1 if any(check.required and not check.found for check in found) else 0


def _line(check: Check) -> str:
    if check.found:
        return f"ok       {check.name}: {check.detail}"
    word = "MISSING " if check.required else "optional"
    return f"{word} {check.name}: {check.detail}; {check.remedy}"


def checks() -> Iterator[Check]:
    """Yield what there is, the required first."""
    version = sys.version_info[:2] >= _OLDEST
    yield Check("Python", True, version, platform.python_version(), "install 3.11 or newer")
    for package in PACKAGES:
        yield _package(package)
    for program, (use, debian) in PROGRAMS.items():
        yield _program(program, use, f"apt-get install {debian}")
    yield _kvm(Path("/dev/kvm"))


def _package(name: str) -> Check:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, True, False, "not installed", "make environment")
    return Check(name, True, True, version)


def _program(name: str, use: str, remedy: str) -> Check:
    path = shutil.which(name)
    if path is None:
        return Check(name, False, False, f"not found; {use}", remedy)
    option = "-V" if name == "ssh" else "--version"
    done = subprocess.run(  # noqa: S603 - a program of the table
        [path, option], capture_output=True, text=True, check=False, timeout=30
    )
    said = (done.stdout or done.stderr).strip().splitlines()
    return Check(name, False, True, f"{path}: {said[0] if said else 'says no version'}")


def _kvm(device: Path) -> Check:
    if not device.exists():
        return Check("KVM", False, False, f"no {device}", "QEMU emulates then, which is slow")
    usable = os.access(device, os.R_OK | os.W_OK)
    detail = f"{device} {'can' if usable else 'cannot'} be opened"
    return Check("KVM", False, usable, detail, "join the group kvm, or QEMU emulates")


def sources() -> Iterator[Setting]:
    """Yield what decides where nothing was said on the command line."""
    where = "the checkout" if assets.in_checkout() else "the installed package"
    yield Setting("features and steps", str(assets.root()), where)
    yield Setting("target", "sim:", "default; --target wins")
    yield _directory("virtual machines", state_directory(), "XDG_STATE_HOME")
    yield _directory("unpacked images", cache_directory(), "XDG_CACHE_HOME")
    yield _directory("Linux kernels", cache.cache_directory(), "XDG_CACHE_HOME")
    agent = os.environ.get("SSH_AUTH_SOCK")
    yield Setting(
        "SSH agent",
        agent or "none",
        "SSH_AUTH_SOCK; used before the keys of ~/.ssh" if agent else "SSH_AUTH_SOCK is not set",
    )
    for file in (*DEFAULT_FILES, *GLOBAL_FILES):
        path = expanded(file)
        yield Setting("known hosts", str(path), "read" if path.exists() else "not there")


def _directory(name: str, path: Path, variable: str) -> Setting:
    return Setting(name, str(path), variable if os.environ.get(variable) else "default")
