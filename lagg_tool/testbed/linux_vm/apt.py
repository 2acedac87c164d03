"""Packages by apt-get, with a state of its own: it needs no root, and the host's stays as it is.

The archive is the one of the host's own sources, with another suite. apt checks what it
fetches against the archive's signature, by Debian's keyring.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lagg_tool.errors import UnreachableError
from lagg_tool.testbed.linux_vm.recipe import ARCHITECTURE
from lagg_tool.whole_file import write_whole

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_RELEASE_FILE = re.compile(r"^'(?P<archive>\S+?)/dists/(?P<suite>[a-z-]+)/InRelease' ", re.M)
_SECURITY = "-security"
_SECONDS = 300.0  # for one call of apt
_SAID = 400  # characters of what apt said


def refuse_unless_possible() -> None:
    """Raise UnreachableError, naming what is missing, where apt cannot fetch from Debian."""
    for program, package in (("apt-get", "apt"), ("apt-cache", "apt"), ("dpkg-deb", "dpkg")):
        if shutil.which(program) is None:
            raise UnreachableError(
                f"no Linux machine can be made here: {program} is missing (Debian's package"
                f" {package}), which fetches its kernel and its programs"
            )
    if not KEYRING.is_file():
        raise UnreachableError(
            f"no Linux machine can be made here: {KEYRING} is missing, which checks the packages;"
            " apt-get install debian-archive-keyring"
        )


def archives(listed: str) -> tuple[str, str]:
    """Return Debian's archive and its security archive, from ``apt-get update --print-uris``.

    Raises UnreachableError if the sources have not both.
    """
    found = {match["suite"]: match["archive"] for match in _RELEASE_FILE.finditer(listed)}
    for suite, archive in found.items():
        security = found.get(suite + _SECURITY)
        if security is not None:
            return archive, security
    raise UnreachableError(
        "no Linux machine can be made here: apt's sources name no Debian archive with a"
        " security archive beside it; add those of Debian to /etc/apt/sources.list.d"
    )


def sources(archive: str, security: str, suite: str) -> str:
    """Return the list of sources for one suite."""
    options = f"[arch={ARCHITECTURE} signed-by={KEYRING}]"
    pairs = ((archive, suite), (security, f"{suite}{_SECURITY}"))
    return "".join(f"deb {options} {uri} {name} main\n" for uri, name in pairs)


class Apt:
    """apt with a state of its own in a directory, for one suite.

    All methods raise UnreachableError.
    """

    def __init__(self, directory: Path, suite: str) -> None:
        self._directory = directory
        self.suite = suite

    def update(self) -> None:
        """Fetch the lists of packages, and check them."""
        listed = _run(["apt-get", "update", "--print-uris"], {})
        text = sources(*archives(listed), self.suite)
        for name in ("lists/partial", "state", "cache/archives/partial"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        (self._directory / "status").touch()
        write_whole(self._directory / "sources.list", text.encode())
        write_whole(self._directory / "apt.conf", self._configuration().encode())
        self._run("apt-get", "-q", "update", "--error-on=any")

    def _configuration(self) -> str:
        values = {
            "Dir::State": self._directory / "state",
            "Dir::State::Lists": self._directory / "lists",
            "Dir::State::status": self._directory / "status",
            "Dir::Cache": self._directory / "cache",
            "Dir::Etc::SourceList": self._directory / "sources.list",
            "Dir::Etc::SourceParts": "-",
            "APT::Architecture": ARCHITECTURE,
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "APT::Sandbox::User": "root",  # that of this process, which owns the directory
        }
        return "".join(f'{name} "{value}";\n' for name, value in values.items())

    def dependency(self, package: str) -> str:
        """Return the package that a meta package stands for."""
        listed = self._run("apt-cache", "depends", package)
        found = re.search(r"^\s*Depends: (\S+)$", listed, re.M)
        if found is None:
            raise UnreachableError(
                f"apt-cache depends {package} names no package: {listed[:_SAID]}"
            )
        return found[1]

    def download(self, packages: Sequence[str], directory: Path) -> list[Path]:
        """Fetch packages into a directory, checked against the signed lists."""
        before = set(directory.glob("*.deb"))
        self._run("apt-get", "-q", "download", *packages, cwd=directory)
        return sorted(set(directory.glob("*.deb")) - before)

    def _run(self, *argv: str, cwd: Path | None = None) -> str:
        return _run(argv, {"APT_CONFIG": str(self._directory / "apt.conf")}, cwd)


def _run(argv: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - argv of our own making
            argv,
            env={**os.environ, "LC_ALL": "C", **environment},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(
            f"{_name(argv)} did not end within {_SECONDS:.0f} seconds; is there a network?"
        ) from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[:_SAID] or "it said nothing"
        raise UnreachableError(
            f"Debian's packages for a Linux machine cannot be fetched: {_name(argv)} ended"
            f" with status {done.returncode}: {said}"
        )
    return done.stdout


def _name(argv: Sequence[str]) -> str:
    return " ".join([word for word in argv if not word.startswith("-")][:2])


def unpack(package: Path, directory: Path) -> None:
    """Unpack a package's files. Raises UnreachableError."""
    directory.mkdir(parents=True, exist_ok=True)
    _run(["dpkg-deb", "-x", str(package), str(directory)], {})
