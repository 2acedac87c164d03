"""Claim sets: the claims, requirements and defects of one article each.

A set is a directory with an ``article.toml``, below features/ or anywhere else. Scenarios and
step definitions are in it, too; those are read by the suite. Where the directory of the
features has an ``article.toml`` itself, it is the only set there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from lagg_tool import releases
from lagg_tool.claims.claim import Claim, Claims
from lagg_tool.claims.defects import Defect, load_defects
from lagg_tool.claims.document import load_claims
from lagg_tool.claims.header import Header
from lagg_tool.claims.requirements import Requirements, load_requirements
from lagg_tool.errors import DocumentError, UsageError

CLAIMS, DEFECTS = "article.toml", "defects.toml"
_FEATURES = "features"
# What a directory of features has besides claims.
_OTHERS = (CLAIMS, DEFECTS, "gate.toml", "renames.toml")


@dataclass(frozen=True)
class ClaimSet:
    """The claims on one article, and what else its scenarios name.

    ``path`` is how results name the directory. ``requirements`` are by the name of their file,
    which is the first word of their tags.
    """

    directory: Path
    path: str
    claims: Claims
    requirements: Mapping[str, Requirements] = field(default_factory=dict)
    defects: Mapping[str, Defect] = field(default_factory=dict)

    @property
    def header(self) -> Header:
        """What the set says about itself."""
        return self.claims.header

    @property
    def name(self) -> str:
        """What ``--claims`` calls it."""
        return self.header.name or self.directory.name

    @property
    def title(self) -> str:
        """The article, and for whom it is written."""
        about = f" ({self.header.about})" if self.header.about else ""
        return (self.header.title or self.name) + about

    def concerns(self, product: str) -> bool:
        """Return whether it is about a system, such as freebsd; "" and unknown are any."""
        known = self.header.products
        return not known or product in ("", releases.UNKNOWN) or product in known

    def owns(self, path: str) -> bool:
        """Return whether a feature file, as results name it, is of this set."""
        return path.startswith(f"{self.path}/")


@dataclass(frozen=True)
class Promise:
    """What several articles promise: the claims of each set, the newest article first."""

    claims: tuple[tuple[ClaimSet, Claim], ...]


def load_sets(features: Path, further: Iterable[Path] = ()) -> tuple[ClaimSet, ...]:
    """Read the sets below ``features`` and ``further`` ones, in the order of their articles.

    Raises DocumentError, also where two sets have a name or an identifier in common.
    """
    own = _directories(features)
    known = {directory.resolve() for directory in own}
    others = [path.resolve() for path in further if path.resolve() not in known]
    sets = [*(_load(directory, features) for directory in own), *(_load(o, None) for o in others)]
    _check(sets)
    return tuple(sorted(sets, key=lambda one: one.header.order))


def choose(sets: Sequence[ClaimSet], names: Sequence[str]) -> tuple[ClaimSet, ...]:
    """Return the sets of these names or directories; all without any. Raises UsageError."""
    chosen = []
    for name in names:
        found = [
            one
            for one in sets
            if name == one.name or os.path.realpath(name) == os.path.realpath(one.directory)
        ]
        if not found:
            known = ", ".join(one.name for one in sets)
            raise UsageError(f"--claims {name}: no such set; there are {known}, or a directory")
        chosen += found
    return tuple(one for one in sets if one in chosen) if names else tuple(sets)


def elsewhere(names: Iterable[str]) -> list[Path]:
    """Return the directories among the values of ``--claims``."""
    return [Path(name) for name in names if (Path(name) / CLAIMS).is_file()]


def claims_of(sets: Iterable[ClaimSet]) -> Claims:
    """Return the claims of several sets as one document."""
    found = [one.claims for one in sets]
    if len(found) == 1:
        return found[0]
    return Claims(
        tuple(claim for one in found for claim in one.claims),
        tuple(silence for one in found for silence in one.silent),
        {key: sketch for one in found for key, sketch in one.sketches.items()},
        digest_of(one.digest for one in found),
        tuple(slip for one in found for slip in one.slips),
        letters={key: letters for one in found for key, letters in one.letters.items()},
    )


def digest_of(digests: Iterable[str]) -> str:
    """Return one digest for those of several sets; that of one set is its own."""
    each = sorted(set(digests))
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()


def digests(sets: Sequence[ClaimSet]) -> frozenset[str]:
    """Return the digests that a run of some of the sets has."""
    every = [one.claims.digest for one in sets]
    return frozenset(
        digest_of(some) for count in range(1, len(every) + 1) for some in combinations(every, count)
    )


def promises(sets: Sequence[ClaimSet]) -> tuple[Promise, ...]:
    """Return what more than one article promises, in the order of the newest article."""
    group: dict[str, set[str]] = {c.id: {c.id} for one in sets for c in one.claims.claims}
    for claim in (claim for one in sets for claim in one.claims.claims):
        for other in claim.same_as:
            if other in group and group[other] is not group[claim.id]:
                group[claim.id] |= group[other]
                for member in group[other]:
                    group[member] = group[claim.id]
    newest_first = [(one, claim) for one in reversed(sets) for claim in one.claims.claims]
    found: dict[int, list[tuple[ClaimSet, Claim]]] = {}
    for one, claim in newest_first:
        found.setdefault(id(group[claim.id]), []).append((one, claim))
    return tuple(Promise(tuple(members)) for members in found.values() if len(members) > 1)


def _directories(features: Path) -> list[Path]:
    """Return the directories of the sets below ``features``, or ``features`` itself."""
    if (features / CLAIMS).exists():
        return [features]
    found = sorted(path.parent for path in features.glob(f"*/{CLAIMS}"))
    return found or ([features] if features.is_dir() else [])


def _load(directory: Path, features: Path | None) -> ClaimSet:
    file = directory / CLAIMS
    claims = load_claims(file) if file.exists() else Claims((), (), {}, "")
    defects = directory / DEFECTS
    path = _FEATURES if directory == features else f"{_FEATURES}/{directory.name}"
    name = claims.header.name
    if name and directory != features and name != directory.name:
        message = f"name = {name!r}, and the directory is {directory.name!r}"
        raise DocumentError(str(file), None, f"{message}: give both one name")
    return ClaimSet(
        directory,
        path,
        claims,
        {
            file.stem: load_requirements(file)
            for file in sorted(directory.glob("*.toml"))
            if file.name not in _OTHERS
        },
        load_defects(defects) if defects.exists() else {},
    )


def _check(sets: Sequence[ClaimSet]) -> None:
    """Refuse names and identifiers that two sets have, and claims that are nowhere."""
    names: dict[str, ClaimSet] = {}
    owners: dict[str, ClaimSet] = {}
    for one in sets:
        if names.setdefault(one.name, one) is not one:
            raise DocumentError(
                str(one.directory),
                None,
                f"there is a set {one.name!r} already; choose another name in [set]",
            )
        for identifier in _identifiers(one):
            other = owners.setdefault(identifier, one)
            if other is not one:
                message = f"{identifier} is defined by the set {other.name!r} as well"
                raise DocumentError(str(one.directory), None, message)
    for one in sets:
        for claim in one.claims.claims:
            for same in claim.same_as:
                if same not in owners or owners[same] is one:
                    message = f"{claim.id} is the same as {same}, which no other set claims"
                    raise DocumentError(str(one.directory / CLAIMS), claim.line, message)


def _identifiers(one: ClaimSet) -> Iterable[str]:
    yield from one.claims.ids
    yield from one.defects
    for requirements in one.requirements.values():
        yield from requirements.requirements
        yield from requirements.deviations
