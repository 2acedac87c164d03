"""Which scenarios one worker runs, one after the other: those of a rule with ``@shared-setup``.

pytest-xdist has groups for this, and writes them into the items' identifiers; since pytest 9.2
these cannot be written. So each worker ran the Background itself, and waited itself.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

from lagg_tool.suite.collector import SHARED_SETUP
from lagg_tool.suite.gherkin import read_feature

if TYPE_CHECKING:
    from xdist.remote import Producer


class RuleScheduling(LoadScopeScheduling):
    """Gives a rule that shares its Background to one worker as a whole, the largest rule first."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        self._rules = functools.cache(shared_rules)

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        file = self._file(path)
        rule = self._rules(file).get(name) if file else None
        return nodeid if rule is None else f"{path}::{rule}"

    def _file(self, path: str) -> Path | None:
        """Return the file of an identifier, which outside pytest's root begins at an argument."""
        given = [Path(argument.partition("::")[0]).absolute() for argument in self.config.args]
        bases = (self.config.rootpath, *given, *(each.parent for each in given))
        return next((file for base in bases if (file := base / path).is_file()), None)


def shared_rules(file: Path) -> dict[str, str]:
    """Return the rule of each scenario, by its id, that shares the Background of its rule."""
    return {
        pickle.id: pickle.rule
        for pickle in read_feature(file).pickles
        if SHARED_SETUP in pickle.tags
    }
