"""The state machines of LACP, drawn from their tables."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from lagg_tool.simulator.kernel.lacp.instance import MACHINES
from lagg_tool.site.state_diagram import figure


def lacp_machines() -> Sequence[Markup]:
    """Return the drawing and the table of every state machine of LACP."""
    return tuple(figure(machine) for machine in MACHINES)
