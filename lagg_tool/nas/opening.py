"""Finding out, once, what kind of NAS is at a target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lagg_tool.nas.contract import Access, FollowUpCommand, Nas, plain_command


def open_nas(
    target: Access,
    *,
    who: str = "",
    tell: Callable[[str], None] = lambda _: None,
    follow_up_command: FollowUpCommand = plain_command,
) -> Nas[Any, Any]:
    """Return the NAS at a target, by the facts that opening the target has found.

    ``who`` is kept with a change; ``tell`` gets a line for people whenever something about a
    change becomes known. A kind's modules are loaded only for a NAS of that kind.
    """
    if target.result.facts.get("system", "").startswith("Linux"):
        from lagg_tool.nas.linux.nas import Linux  # noqa: PLC0415

        return Linux(target, who=who, tell=tell, follow_up_command=follow_up_command)
    if "truenas" in target.result.facts:
        from lagg_tool.nas.truenas.nas import TrueNas  # noqa: PLC0415

        return TrueNas(target, who=who, tell=tell, follow_up_command=follow_up_command)
    from lagg_tool.nas.freebsd.nas import FreeBSD  # noqa: PLC0415

    return FreeBSD(target, who=who, tell=tell, follow_up_command=follow_up_command)
