"""The plan: spec and observed state in, changes and their inverse out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from lagg_tool.bond.state import BondHost
from lagg_tool.lagg import LaggSpec, check_name
from lagg_tool.nas import contract
from lagg_tool.nas.contract import needs_root
from lagg_tool.nas.linux.boot import keeper_for, own_files
from lagg_tool.nas.linux.config import BondConfig, observed, refusals, wanted
from lagg_tool.nas.linux.layout import ETC
from lagg_tool.nas.linux.plan.checks import (
    address_findings,
    doubts,
    management_findings,
    notes,
    port_findings,
    removal_findings,
)
from lagg_tool.nas.linux.plan.rendering import file_lines, plan_lines
from lagg_tool.nas.linux.steps import must_empty, must_go_down, steps_between
from lagg_tool.nas.step import Step


@dataclass(frozen=True)
class FileEdit:
    """A file of ours below /etc, as it is and as it is to be; None is absent."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Plan(contract.Plan):
    """The commands of a change, those of its inverse, and the files of the next boot.

    ``boot_findings`` forbid the files and not the commands: a change at runtime only does not
    meet them. ``keeper`` is what reads the files.
    """

    before: BondConfig | None
    after: BondConfig | None
    steps: tuple[Step, ...] = ()
    inverse: tuple[Step, ...] = ()
    files: tuple[FileEdit, ...] = ()
    boot_findings: tuple[str, ...] = ()
    keeper: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do, now and at the next boot."""
        return not self.steps and not self.files

    @property
    def summary(self) -> str:
        """The plan in a word, or a few."""
        if not self.steps:
            return "keep, and have it at boot" if self.after else "have it no longer at boot"
        return "create" if not self.before else "change" if self.after else "remove"

    @property
    def lines(self) -> list[str]:
        """The difference, the commands, and the files of the next boot."""
        return [
            *plan_lines(self.before, self.after, self.steps),
            *file_lines(self.keeper, {each.path: (each.before, each.after) for each in self.files}),
        ]

    @property
    def data(self) -> dict[str, Any]:
        """The commands and the files, as JSON takes them."""
        return {
            "changes": [step.command.text for step in self.steps],
            "inverse": [step.command.text for step in self.inverse],
            "kept_by": self.keeper,
            "files": [
                {"path": f"{ETC}/{each.path}", "before": each.before, "after": each.after}
                for each in self.files
            ],
        }

    def at_runtime_only(self) -> Self:
        """Return the plan without the files, which a reboot undoes."""
        left = tuple(each for each in self.findings if each not in self.boot_findings)
        return replace(self, files=(), findings=left, boot_findings=(), keeper="")


def make_plan(spec: LaggSpec, host: BondHost) -> Plan:
    """Return the way from the observed state to the spec."""
    after = wanted(spec, host)
    ours = own_files(spec.name, host)
    full = observed(spec.name, host, after)
    before = full and _ours_of(full, after, "".join(ours.values()))
    steps = steps_between(before, after, host)
    keeper, files, boot = _boot(after, ours, host)
    link = host.links.get(spec.name)
    findings = [*refusals(spec)]
    if before is None and link is not None:
        findings.append(f"{spec.name}: there is an interface of this name that is not a LAGG")
    if steps or files:
        findings += [*port_findings(spec, host), *address_findings(spec, host)]
    return Plan(
        name=spec.name,
        spec=spec,
        before=before,
        after=after,
        steps=steps,
        inverse=steps_between(after, before, host, back=True) if steps else (),
        files=files,
        keeper=keeper,
        findings=(*findings, *boot),
        boot_findings=tuple(boot),
        management=tuple(management_findings(spec.name, before, after, host)) if steps else (),
        notes=(
            *_foreign_notes(full, before),
            *notes(before, after, host),
            *([reason] if before and (reason := _reason(before, after)) else []),
        ),
        doubts=tuple(doubts(after, host)) if steps else (),
        obstacles=tuple(_obstacles(host)),
    )


def removal_plan(name: str, host: BondHost) -> Plan:
    """Return the way from the observed state to one without the bond."""
    check_name(name)
    before = observed(name, host)
    ours = own_files(name, host)
    own_text = "".join(ours.values())
    steps = steps_between(before, None, host)
    files = tuple(FileEdit(path, text, None) for path, text in ours.items())
    keeper, _ = keeper_for([name], host)
    vlans = frozenset(each for each in host.vlans_on(name) if _names(own_text, each))
    foreign = keeper.mentions(name, host) if keeper and steps else []
    boot = [
        f"{name}: {each} makes it at boot, and is not ours; remove it there" for each in foreign
    ]
    return Plan(
        name=name,
        before=before,
        after=None,
        steps=steps,
        inverse=steps_between(None, before, host, back=True) if steps else (),
        files=files,
        keeper=keeper.title if keeper and files else "",
        findings=(*removal_findings(name, vlans, host), *boot),
        boot_findings=tuple(boot),
        management=tuple(management_findings(name, before, None, host)) if steps else (),
        notes=tuple(notes(before, None, host)) if steps else (),
        obstacles=tuple(_obstacles(host)),
    )


def _names(text: str, interface: str) -> bool:
    """Return whether a file has the name of an interface, whatever is around it there."""
    return re.search(rf"(?<![\w.]){re.escape(interface)}(?![\w.])", text) is not None


def _ours_of(full: BondConfig, after: BondConfig, own_text: str) -> BondConfig:
    """Return the bond without what others have put on it: it is left alone."""
    wanted_vlans = {vlan.name for vlan in after.vlans}
    return replace(
        full,
        addresses=tuple(
            each
            for each in full.addresses
            if each in after.addresses or f"{each}" in own_text.split() or f"={each}\n" in own_text
        ),
        vlans=tuple(
            each for each in full.vlans if each.name in wanted_vlans or f"{each.name}\n" in own_text
        ),
    )


def _foreign_notes(full: BondConfig | None, before: BondConfig | None) -> Iterator[str]:
    if full is None or before is None:
        return
    for address in full.addresses:
        if address not in before.addresses:
            yield (
                f"address {address} is left alone: another program may have set it; to remove it:"
                f" ip addr del {address} dev {full.name}"
            )
    for vlan in full.vlans:
        if vlan not in before.vlans:
            yield f"VLAN {vlan.name} is left alone: it is not in the file, nor was it"


def _reason(before: BondConfig, after: BondConfig) -> str:
    return must_empty(before, after) or must_go_down(before, after)


def _boot(
    after: BondConfig, ours: Mapping[str, str], host: BondHost
) -> tuple[str, tuple[FileEdit, ...], Sequence[str]]:
    """Return what keeps the network, the files to write, and the reasons against them."""
    names = [after.name, *after.ports]
    keeper, why = keeper_for(names, host)
    if keeper is None:
        return "", (), [f"the next boot: {why}"] if host.root else []
    texts = keeper.files(after)
    edits = [
        FileEdit(path, ours.get(path), texts.get(path))
        for path in (*texts, *(each for each in ours if each not in texts))
        if ours.get(path) != texts.get(path)
    ]
    reasons = list(keeper.problems(after, host)) if edits else []
    reasons += [
        f"{ETC}/{path} is there and is not ours; remove it, or rename it"
        for path in texts
        if path not in ours and f"{ETC}/{path}" in host.files
    ]
    for name in names if edits else ():
        reasons += [
            f"{'port ' if name != after.name else ''}{name}: {each} configures it at boot; remove"
            " that first"
            for each in keeper.mentions(name, host)
        ]
    return keeper.title, tuple(edits), reasons


def _obstacles(host: BondHost) -> Iterator[str]:
    """Yield what keeps this session from applying a plan."""
    if not host.root:
        yield needs_root(host.user)
