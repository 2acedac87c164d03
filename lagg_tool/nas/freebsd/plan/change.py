"""What a commit needs of a plan: the commands, and what persists."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from lagg_tool.lagg import Record
from lagg_tool.nas import contract
from lagg_tool.nas.freebsd.plan.bootview import Difference
from lagg_tool.nas.freebsd.plan.rcconf import RcChange
from lagg_tool.nas.step import Step

# The beginning of an obstacle that a change at runtime only does not meet.
NO_SYSRC = "sysrc does not work there"


@dataclass(frozen=True)
class Change(contract.Plan):
    """The commands of a change, and those of its inverse.

    ``rc_text`` is rc.conf as it is. ``left_out`` are the changes of rc.conf that a change at
    runtime only does not make; a probe takes them as made, since rc.conf alone says whether
    DHCP is wanted.
    """

    steps: tuple[Step, ...] = ()
    inverse: tuple[Step, ...] = ()
    rc: tuple[RcChange, ...] = ()
    rc_text: str = ""
    left_out: tuple[RcChange, ...] = ()

    @property
    def laggs(self) -> tuple[str, ...]:
        """The names of the LAGGs that change."""
        specs = [each.name for each in (self.spec, *self.others) if each]
        return tuple(specs) or (self.name,)

    @property
    def data(self) -> dict[str, Any]:
        """The commands and the changes of rc.conf, as JSON takes them."""
        return {
            "changes": [step.command.text for step in self.steps],
            "inverse": [step.command.text for step in self.inverse],
            "rc_conf": [
                {"variable": each.variable, "before": each.before, "after": each.after}
                for each in self.rc
            ],
            "next_boot": [
                {"field": each.field, "boot": each.boot, "wanted": each.wanted}
                for each in self.differences
            ],
        }

    @property
    @abc.abstractmethod
    def differences(self) -> tuple[Difference, ...]:
        """How the next boot differs from what is wanted while rc.conf is as it is."""

    @property
    @abc.abstractmethod
    def records(self) -> Mapping[str, Record | None]:
        """What is kept for the removal of each LAGG; None of one that is gone."""

    @abc.abstractmethod
    def without_boot(self) -> Self:
        """Return the plan without what concerns the next boot."""

    def at_runtime_only(self) -> Self:
        """Return the plan without the changes of rc.conf, which a reboot undoes."""
        return replace(
            self.without_boot(),
            rc=(),
            left_out=self.rc,
            obstacles=tuple(each for each in self.obstacles if not each.startswith(NO_SYSRC)),
        )
