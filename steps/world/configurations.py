"""The settings that releases of a product make of a bond, by name: configurations.toml."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from string import Template

from lagg_tool import assets

_FILE = "features/scale/truenas/configurations.toml"
_PHASES = ("create", "join", "raise", "finish")
_OF_EACH_PORT = frozenset(("join", "raise"))


@dataclass(frozen=True)
class Configuration:
    """The commands that have the effect of what a release sets up, and where it was read."""

    releases: tuple[str, ...]
    protocol: str
    source: str
    phases: tuple[tuple[str, tuple[str, ...]], ...]

    def commands(self, bond: str, ports: Sequence[str]) -> Iterator[list[str]]:
        """Yield the commands for a bond of these ports, the primary first."""
        for phase, lines in self.phases:
            for port in ports if phase in _OF_EACH_PORT else ports[:1]:
                names = {"bond": bond, "port": port, "primary": ports[0]}
                yield from (shlex.split(Template(line).substitute(names)) for line in lines)


@cache
def configurations() -> tuple[Configuration, ...]:
    """Read the file, once."""
    text = (assets.root() / _FILE).read_text(encoding="utf-8")
    return tuple(
        Configuration(
            tuple(table["releases"]),
            table["protocol"],
            table["source"],
            tuple((phase, tuple(table[phase])) for phase in _PHASES),
        )
        for table in tomllib.loads(text)["configuration"]
    )


def configuration(release: str, protocol: str) -> Configuration:
    """Return what a release sets for a protocol. Raises LookupError, with what there is."""
    for found in configurations():
        if release in found.releases and protocol == found.protocol:
            return found
    known = sorted({f"{r} {c.protocol}" for c in configurations() for r in c.releases})
    raise LookupError(f"{_FILE} has no {release} {protocol}; it has {', '.join(known)}")
