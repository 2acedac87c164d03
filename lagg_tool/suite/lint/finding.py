"""What a rule finds, and the scenarios that rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lagg_tool.suite.features import Feature, Pickle


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with the features, and where."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def pickles_of(documents: Iterable[Feature]) -> Iterator[tuple[str, Pickle]]:
    """Yield every scenario that runs, with the path of its file."""
    for document in documents:
        for pickle in document.pickles:
            yield document.path, pickle
