"""The kernels and first roots that were made, below the user's cache: whole, checked, shared.

What is there is used as it is; only a changed recipe makes another. A directory appears by a
rename when everything is in it, and runs that begin at once wait for the first of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import importlib.resources
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.errors import UnreachableError
from lagg_tool.testbed.linux_vm import recipe
from lagg_tool.testbed.linux_vm.apt import Apt, refuse_unless_possible, unpack
from lagg_tool.testbed.linux_vm.initramfs import userland
from lagg_tool.testbed.linux_vm.modules import in_order
from lagg_tool.testbed.linux_vm.recipe import Edition
from lagg_tool.user import home
from lagg_tool.whole_file import write_whole

_MANIFEST = "made.json"
_KERNEL, _INITRD = "vmlinuz", "initrd.gz"
# What decides what is made.
_RECIPE = ("recipe.py", "initramfs.py", "modules.py", "cpio.py", "scripts/init.sh")


@dataclass(frozen=True)
class Bootable:
    """A kernel and its first root; the manifest of a directory says what they are made of."""

    directory: Path
    version: str  # as uname -r has it
    packages: tuple[str, ...]  # the files' names, which have the versions
    sums: dict[str, str]

    @property
    def kernel(self) -> Path:
        """The kernel's file."""
        return self.directory / _KERNEL

    @property
    def initrd(self) -> Path:
        """The archive of the first root, without the keys of a machine."""
        return self.directory / _INITRD


def cache_directory() -> Path:
    """Where the machines' kernels are kept (XDG_CACHE_HOME)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(home() / ".cache")
    return Path(base) / "lagg_tool" / "linux"


def get(edition: Edition, tell: Callable[[str], None]) -> Bootable:
    """Return what to boot, from the cache or made now. Raises UnreachableError, HostError."""
    root = cache_directory()
    directory = root / f"{edition.name}-{_recipe_sum(edition)[:12]}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _alone(root / f"{directory.name}.lock"):
            if (made := read(directory)) is not None:
                return made
            refuse_unless_possible()
            tell(f"fetching Linux {edition.line} from Debian, once; it is kept in {directory}")
            with tempfile.TemporaryDirectory(prefix="making-", dir=root) as place:
                whole = _make(edition, Path(place))
                shutil.rmtree(directory, ignore_errors=True)  # it is not whole
                whole.rename(directory)
    except OSError as error:
        raise UnreachableError(
            f"{root}: {error.strerror or error}; the Linux machine is made and kept there, and"
            " XDG_CACHE_HOME may name another place"
        ) from error
    made = read(directory)
    if made is None:
        raise UnreachableError(f"{directory}: what was just written reads otherwise; try again")
    return made


def held() -> list[tuple[Edition, Bootable]]:
    """Return what the cache holds, by edition."""
    places = ((edition, place) for edition in recipe.EDITIONS for place in _directories(edition))
    return [(edition, made) for edition, place in places if (made := read(place)) is not None]


def read(directory: Path) -> Bootable | None:
    """Return what a directory holds, or None if it is not whole, or not what was written."""
    try:
        fields = json.loads((directory / _MANIFEST).read_text(encoding="utf-8"))
        made = Bootable(directory, fields["version"], tuple(fields["packages"]), fields["sums"])
        right = all(_sum(directory / name) == made.sums[name] for name in (_KERNEL, _INITRD))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return made if right else None


def _directories(edition: Edition) -> list[Path]:
    return sorted(cache_directory().glob(f"{edition.name}-{'[0-9a-f]' * 12}"))


def _recipe_sum(edition: Edition) -> str:
    """Return a sum of all that decides what is made, but the versions of packages."""
    files = importlib.resources.files("lagg_tool.testbed.linux_vm")
    texts = [files.joinpath(name).read_text(encoding="utf-8") for name in _RECIPE]
    return hashlib.sha256("\0".join((repr(edition), *texts)).encode()).hexdigest()


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes out; the lock ends with the process, however that ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(edition: Edition, place: Path) -> Path:
    """Fetch, unpack and put together; return the directory that is whole."""
    states = {s: Apt(place / f"apt-{s}", s) for s in (recipe.USERLAND_SUITE, edition.suite)}
    for state in states.values():
        state.update()
    kernels = states[edition.suite]
    fetched = place / "packages"
    fetched.mkdir()
    kernel_package = kernels.dependency(recipe.KERNEL)
    kernel = kernels.download([kernel_package], fetched)
    names = [*recipe.PROGRAMS, *recipe.LIBRARIES]
    programs = states[recipe.USERLAND_SUITE].download(names, fetched)
    for package in kernel:
        unpack(package, place / "kernel")
    for package in programs:
        unpack(package, place / "programs")
    version = kernel_package.removeprefix("linux-image-")
    # bookworm has lib/modules, trixie usr/lib/modules.
    modules = next((place / "kernel").glob(f"**/lib/modules/{version}"))
    archive = userland(place / "programs", in_order(modules, recipe.MODULES))
    whole = place / "whole"
    whole.mkdir()
    shutil.copy(place / "kernel" / "boot" / f"vmlinuz-{version}", whole / _KERNEL)
    write_whole(whole / _INITRD, gzip.compress(archive.data, 6, mtime=0))
    manifest = {
        "version": version,
        "packages": sorted(path.name for path in (*kernel, *programs)),
        "sums": {name: _sum(whole / name) for name in (_KERNEL, _INITRD)},
    }
    write_whole(whole / _MANIFEST, json.dumps(manifest, indent=1).encode())
    return whole
