"""Which target of one results file is compared with which of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lagg_tool import releases
from lagg_tool.errors import UsageError
from lagg_tool.evidence.results import Results, TargetResult


@dataclass(frozen=True)
class Matching:
    """Pairs of targets, and the targets of either file that have no counterpart."""

    pairs: tuple[tuple[TargetResult, TargetResult], ...]
    only_before: tuple[TargetResult, ...] = ()
    only_after: tuple[TargetResult, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both files are about the same targets."""
        alone = self.only_before or self.only_after
        return not alone and all(a.id == b.id for a, b in self.pairs)


# What two targets have in common, the most telling first.
_LIKENESS: tuple[Callable[[TargetResult], Any], ...] = (
    lambda target: target.id,
    lambda target: (target.release, target.provenance, target.testbed),
    lambda target: (target.release, target.provenance),
    lambda target: target.release,
    lambda target: (releases.system(target.release), target.provenance, target.testbed),
    lambda target: (releases.system(target.release), target.provenance),
)


def match_targets(
    before: Results, after: Results, old: str | None = None, new: str | None = None
) -> Matching:
    """Return the pairs to compare; ``old`` and ``new`` name a target of each file.

    Raises UsageError for a name that a file does not have, where no target of one file has a
    counterpart in the other, and where they have no scenario in common: nothing would differ.
    """
    left, right = _named(before, old, "A"), _named(after, new, "B")
    if before.features and after.features and not _scenarios(before) & _scenarios(after):
        raise UsageError(
            f"no scenario of A is in B: {_list(left)} and {_list(right)} were tried with the"
            " scenarios of different articles; name two runs of one article"
        )
    if len(left) == len(right) == 1:
        return Matching(((left[0], right[0]),))
    pairs: list[tuple[TargetResult, TargetResult]] = []
    for likeness in _LIKENESS:
        for target in list(right):
            alike = [other for other in left if likeness(other) == likeness(target)]
            rivals = [other for other in right if likeness(other) == likeness(target)]
            if len(alike) == 1 and len(rivals) == 1:
                pairs.append((alike[0], target))
                left.remove(alike[0])
                right.remove(target)
    if not pairs:
        raise UsageError(
            f"no target of A ({_list(left)}) has a counterpart in B ({_list(right)}): they "
            "differ in address and system; name one of each with --before and --after"
        )
    order = {target.id: number for number, target in enumerate(after.targets)}
    pairs.sort(key=lambda pair: order[pair[1].id])
    return Matching(tuple(pairs), tuple(left), tuple(right))


def _scenarios(run: Results) -> set[str]:
    return {scenario.id for scenario in run.scenarios}


def _named(run: Results, name: str | None, file: str) -> list[TargetResult]:
    if not run.targets:
        raise UsageError(f"{file} has no target: nothing ran; name the results of another run")
    if name is None:
        return list(run.targets)
    found = [target for target in run.targets if name in (target.id, target.url, target.release)]
    if len(found) != 1:
        problem = "has no target" if not found else "has several targets"
        raise UsageError(f"{file} {problem} {name!r}; it has {_list(run.targets)}")
    return found


def _list(targets: Sequence[TargetResult]) -> str:
    return ", ".join(f"{one.id} ({one.release}, {one.provenance})" for one in targets)
