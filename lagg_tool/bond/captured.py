"""Which port of a bond captured frames belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lagg_tool.bond.report import BondReport
from lagg_tool.lagg.captured import Captured, Systems, placed
from lagg_tool.wire.ethernet import octets
from lagg_tool.wire.packet import Packet


def bond_captured(streams: Mapping[str, Iterable[Packet]], bond: BondReport) -> Captured:
    """Sort captured packets by the ports of a bond; see ``lagg.captured``."""
    actors = {port.name: port.actor for port in bond.ports if port.actor}
    ours = {octets(port.permanent) for port in bond.ports}
    ours |= {octets(actor.system) for actor in actors.values()}
    systems: Systems = {(octets(actor.system), actor.port): name for name, actor in actors.items()}
    names = [port.name for port in bond.ports]
    return placed(streams, names, frozenset(ours - {b"", bytes(6)}), systems)
