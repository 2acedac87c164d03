"""Kernel modules in the order to load them, from an unpacked kernel package.

The package has no modules.dep: depmod makes that when it is installed. Each module names what
it depends on itself.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterable
from pathlib import Path

from lagg_tool.errors import HostError

_DEPENDS = re.compile(rb"(?:^|\0)depends=([\w,-]*)\0")
_SUFFIXES = (".ko", ".ko.xz")


def name_of(path: str) -> str:
    """Return a module's name by its file: a hyphen and an underscore are one."""
    return Path(path).name.partition(".")[0].replace("-", "_")


def depends(module: bytes) -> list[str]:
    """Return the modules that a module's own text says it depends on."""
    found = _DEPENDS.search(module)
    return (
        [name.replace("-", "_") for name in found[1].decode().split(",") if name] if found else []
    )


def in_order(directory: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """Return modules and all that they depend on by their names, each after what it needs.

    What is built into the kernel is left out. Raises HostError for a module that is nowhere.
    """
    files = {name_of(p.name): p for p in directory.rglob("*") if p.name.endswith(_SUFFIXES)}
    builtin = {name_of(line) for line in (directory / "modules.builtin").read_text().split()}
    loaded: dict[str, bytes] = {}

    def load(name: str) -> None:
        if name in loaded or name in builtin:
            return
        if name not in files:
            raise HostError(f"{directory.name}: the kernel's package has no module {name}")
        data = files[name].read_bytes()
        data = lzma.decompress(data) if files[name].suffix == ".xz" else data
        for other in depends(data):
            load(other)
        loaded[name] = data

    for name in wanted:
        load(name)
    return loaded
