"""A description of a bond for udev: a .link file (systemd.link(5)). Pure.

systemd-networkd and NetworkManager set no description of an interface themselves. udev takes one
.link file for an interface, so that this one says what its default says.
"""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool.nas.linux.config import BondConfig


def files(config: BondConfig) -> dict[str, str]:
    """Return the file by its path, without its first line; none without a description."""
    if not config.alias:
        return {}
    lines = ["[Match]", f"OriginalName={config.name}", "", "[Link]"]
    lines += ["MACAddressPolicy=persistent", f"Alias={config.alias}"]
    return {f"systemd/network/05-lagg_tool-{config.name}.link": "\n".join(lines) + "\n"}


def problems(config: BondConfig) -> Iterator[str]:
    """Yield that udev would drop the description."""
    if not config.alias.isascii() or config.alias != config.alias.strip():
        yield (
            "description: udev, which sets it at boot, takes ASCII only, and no space at its ends;"
            " write it so, or leave it out"
        )
