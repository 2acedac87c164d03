"""A bond for ifupdown: stanzas that run the commands of the plan. Pure.

They need nothing of the package ifenslave, so that one file serves Debian's ifupdown and others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.bond.state import BondHost, Lines
from lagg_tool.nas.linux.config import BondConfig
from lagg_tool.nas.linux.steps import creation
from lagg_tool.nas.step import Step

MAIN = "/etc/network/interfaces"
_SOURCE = re.compile(r"\s*source(-directory)?\s+(/etc/network/)?interfaces\.d(/\*?)?\s*")
# A name that source-directory takes has letters, digits, _ and - only (interfaces(5)).
_OTHER = re.compile(r"[^A-Za-z0-9_-]")


def path_of(name: str) -> str:
    """Return the path of a LAGG's file."""
    return f"network/interfaces.d/lagg_tool-{_OTHER.sub('-', name)}"


def files(config: BondConfig) -> dict[str, str]:
    """Return the file, without its first line."""
    bond: list[str] = [f"auto {config.name}", f"iface {config.name} inet manual"]
    vlans: list[str] = []
    for part, steps in creation(config):
        texts = [step.command.text for step in steps]
        if part == "port":  # a NIC that is not there keeps the others from nothing
            bond.append(f"    pre-up {' && '.join(texts)} || true")
        elif part == "vlan":
            vlans += _vlan(steps)
        else:
            when = "pre-up" if part == "bond" else "up"
            bond += [f"    {when} {text}" for text in texts]
    bond.append(f"    post-down ip link del dev {config.name}")
    return {path_of(config.name): "\n".join([*bond, *vlans]) + "\n"}


def _vlan(steps: list[Step]) -> list[str]:
    name = steps[0].command.argv[steps[0].command.argv.index("name") + 1]
    first, *rest = (step.command.text for step in steps)
    return [
        "",
        f"auto {name}",
        f"iface {name} inet manual",
        # Debian's ifupdown makes, and removes, a VLAN of such a name by itself.
        f"    pre-up [ -e /sys/class/net/{name} ] || {first}",
        *(f"    up {text}" for text in rest),
        f"    post-down ip link del dev {name} 2>/dev/null || true",
    ]


def problems(_: BondConfig, host: BondHost) -> Iterator[str]:
    """Yield that the main file does not read the others."""
    if not any(_SOURCE.fullmatch(line) for _, line in host.files.get(MAIN, ())):
        yield (
            f"{MAIN} does not read the files of interfaces.d; add to it:"
            " source /etc/network/interfaces.d/*"
        )


def about(path: str, lines: Lines, name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that configure an interface; "manual" leaves it alone."""
    if not path.startswith("/etc/network/"):
        return
    for number, line in lines:
        words = line.split() or [""]
        configures = words[:2] == ["iface", name] and words[3:4] != ["manual"]
        joins = re.fullmatch(r".*(slaves|ports|master)", words[0]) and name in words[1:]
        if configures or joins:
            yield number, line


def keeps(host: BondHost) -> bool:
    """Return whether its files have another interface than lo."""
    return any(
        words[:1] == ["iface"] and words[1:2] != ["lo"]
        for path, lines in host.files.items()
        if path.startswith("/etc/network/")
        for words in (line.split() for _, line in lines)
    )
