"""Copies of one article side by side, such as those of several versions: each is audited alone.

Together, a sentence that one of them has would hide that another has changed it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TypeVar

from lagg_tool.claims.article import Article
from lagg_tool.claims.claim import Claims
from lagg_tool.claims.drift import Drift, audit
from lagg_tool.claims.pages import main_page

T = TypeVar("T")


def editions(copies: Sequence[Article], claims: Claims) -> list[list[Article]]:
    """Return the copies by edition: no two of one are copies of the same page.

    Where two are, the names in which their paths differ begin an edition each. A page that is
    below none of these is a part of all.
    """
    places: dict[str, list[tuple[str, ...]]] = {}
    for copy in copies:
        places.setdefault(main_page(copy, claims), []).append(PurePath(copy.page).parts)
    roots: set[tuple[str, ...]] = set()
    for those in places.values():
        for one, other in itertools.combinations(those, 2):
            same = itertools.takewhile(
                lambda pair: pair[0] == pair[1], zip(one, other, strict=False)
            )
            length = len(list(same)) + 1
            roots |= {one[:length], other[:length]}
    found: dict[tuple[str, ...], list[Article]] = {root: [] for root in sorted(roots)}
    shared: list[Article] = []
    for copy in copies:
        parts = PurePath(copy.page).parts
        root = max((each for each in roots if parts[: len(each)] == each), key=len, default=None)
        (shared if root is None else found[root]).append(copy)
    return [[*those, *shared] for those in found.values() if those] or [shared]


def audit_editions(copies: Sequence[Article], claims: Claims) -> Drift:
    """Return what differs in any edition; a page is not given where none has it."""
    found = [audit(those, claims) for those in editions(copies, claims)]
    missing = set.intersection(*({each.page for each in drift.not_given} for drift in found))
    return Drift(
        changed=_all(drift.changed for drift in found),
        uncovered=_all(drift.uncovered for drift in found),
        gone=_all(drift.gone for drift in found),
        strangers=_all(drift.strangers for drift in found),
        not_given=tuple(each for each in found[0].not_given if each.page in missing),
    )


def _all(found: Iterable[Sequence[T]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(itertools.chain.from_iterable(found)))
