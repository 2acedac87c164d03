"""The state of a Linux host, for people and for programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from lagg_tool.bond.state import BondHost
from lagg_tool.bond.summary import link_lines, links_data, reports_data
from lagg_tool.nas.linux.boot.keeper import keepers_of


@dataclass(frozen=True)
class LinuxState:
    """A host at one moment."""

    host: BondHost

    @property
    def text(self) -> str:
        """The interfaces, the session, and what keeps the network for the next boot."""
        host = self.host
        lines = [*link_lines(host.links, host.reports), *host.management.lines]
        kept = ", ".join(keeper.title for keeper in keepers_of(host)) or "nothing that is known"
        lines.append(f"the network is kept for the next boot by: {kept}")
        return "\n".join(lines)

    @property
    def data(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        host = self.host
        return {
            "interfaces": links_data(host.links),
            "bonds": reports_data(host.reports.values()),
            "system": host.system,
            "boot": host.boot,
            "user": host.user,
            "root": host.root,
            "management": dataclasses.asdict(host.management),
            "routes": [
                [route.destination, route.gateway, route.interface] for route in host.routes
            ],
            "kept_by": [keeper.word for keeper in keepers_of(host)],
            "speeds": {name: speed for name, (speed, _) in host.speeds.items()},
        }
