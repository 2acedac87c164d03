"""Finding out, once, what kind of NAS is at a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from lagg_tool.nas.contract import Access, FollowUpCommand, Nas, plain_command
from lagg_tool.nas.run_lock import DIRECTORY, TRUENAS_DIRECTORY

Product: TypeAlias = Literal["freebsd", "truenas", "linux"]


def product_of(facts: Mapping[str, str]) -> Product:
    """Return what a NAS is, by the facts that opening the target has found."""
    if facts.get("system", "").startswith("Linux"):
        return "linux"
    return "truenas" if "truenas" in facts else "freebsd"


def run_lock_of(facts: Mapping[str, str]) -> str:
    """Return the directory where a run of the suite locks a NAS."""
    return TRUENAS_DIRECTORY if product_of(facts) == "truenas" else DIRECTORY


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
    product = product_of(target.result.facts)
    if product == "linux":
        from lagg_tool.nas.linux.nas import Linux  # noqa: PLC0415

        return Linux(target, who=who, tell=tell, follow_up_command=follow_up_command)
    if product == "truenas":
        from lagg_tool.nas.truenas.nas import TrueNas  # noqa: PLC0415

        return TrueNas(target, who=who, tell=tell, follow_up_command=follow_up_command)
    from lagg_tool.nas.freebsd.nas import FreeBSD  # noqa: PLC0415

    return FreeBSD(target, who=who, tell=tell, follow_up_command=follow_up_command)
