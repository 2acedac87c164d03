"""The first root of a Linux machine, as an archive: programs, their libraries, modules, init."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lagg_tool.command import load_script
from lagg_tool.errors import HostError
from lagg_tool.testbed.linux_vm.cpio import Archive
from lagg_tool.testbed.linux_vm.elf import closure
from lagg_tool.testbed.linux_vm.recipe import LOADED_BY_NAME, LOADER, MULTIARCH, PROGRAMS

_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/group": "root:x:0:\n",
    "etc/shells": "/bin/sh\n",  # dropbear refuses a login shell that is not in it
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost bonding-bench\n",
}


def init_text() -> str:
    """Return the text of the machine's first process."""
    return "#!/bin/sh\n" + load_script("lagg_tool.testbed.linux_vm.scripts", "init")


def userland(unpacked: Path, modules: Mapping[str, bytes]) -> Archive:
    """Return the archive, from unpacked packages and the modules in their order."""
    archive = Archive()
    archive.device("dev/console", 5, 1)
    archive.directory("root", 0o700)
    for name in ("proc", "sys", "tmp", "run", "var/db"):
        archive.directory(name)
    archive.file("init", init_text().encode(), 0o755)
    for name, text in _TEXTS.items():
        archive.file(name, text.encode())
    # busybox as /bin/sh would run its own ip, whatever stands in /bin.
    archive.link("bin/sh", "dash")
    for name in ("sbin", "usr/bin", "usr/sbin"):
        archive.link(name, "/bin")
    programs = {to: unpacked / source for each in PROGRAMS.values() for source, to in each.items()}
    for to, path in programs.items():
        archive.file(to, path.read_bytes(), 0o755)
    libraries = closure(programs.values(), lambda name: library(unpacked, name))
    for name in LOADED_BY_NAME:
        libraries[name] = library(unpacked, name)
    libraries.pop(LOADER, None)
    for name, path in sorted(libraries.items()):
        archive.file(f"{MULTIARCH}/{name}", path.read_bytes(), 0o755)
    archive.file(f"lib64/{LOADER}", library(unpacked, LOADER).read_bytes(), 0o755)
    for name, data in modules.items():
        archive.file(f"lib/modules/{name}.ko", data)
    archive.file("lib/modules/order", "".join(f"{name}\n" for name in modules).encode())
    return archive


def library(unpacked: Path, name: str) -> Path:
    """Return the file of a library. Raises HostError if no package had it."""
    for directory in (MULTIARCH, f"usr/{MULTIARCH}"):
        path = unpacked / directory / name
        if path.exists():
            return path.resolve()
    raise HostError(f"no package of the Linux machine has the library {name}")
