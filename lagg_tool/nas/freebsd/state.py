"""The state of a FreeBSD host, for people and for programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from lagg_tool.ifconfig import Listing
from lagg_tool.ifconfig.data import listing_data
from lagg_tool.ifconfig.summary import summary
from lagg_tool.lagg import HostState


@dataclass(frozen=True)
class FreeBSDState:
    """A host at one moment: the facts, and ifconfig's listing that they were read from."""

    host: HostState
    listing: Listing

    @property
    def text(self) -> str:
        """The interfaces, the session, and what rc.conf has of interfaces."""
        lines = [summary(self.listing), *self.host.management.lines]
        lines += [
            f'rc.conf: {name}="{value}"'
            for name, value in self.host.rc_conf.items()
            if name.startswith("ifconfig_") or name == "cloned_interfaces"
        ]
        return "\n".join(lines)

    @property
    def data(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        host = self.host
        return {
            **listing_data(self.listing),
            "system": host.system,
            "boot": host.boot,
            "user": host.user,
            "root": host.root,
            "management": dataclasses.asdict(host.management),
            "routes": [list(route[:3]) for route in host.routes],
            "rc_conf": dict(host.rc_conf),
            "sysctls": dict(host.sysctls),
        }
