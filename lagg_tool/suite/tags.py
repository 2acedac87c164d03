"""What a command line chooses, scenarios and ``--tags``, checked before anything runs."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from _pytest.mark.expression import Expression

from lagg_tool import assets
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.errors import UsageError
from lagg_tool.suite.features import Pickle
from lagg_tool.suite.selection import read_documents

_MOST_WORDS = 100  # with parentheses; pytest goes into itself for each
_NEAR = 3  # tags that are offered for a mistyped one
_OPERATORS = {"and", "or", "not"}


def mark_expression(tags: str) -> str:
    """Return what pytest takes for ``--tags``: its tags are marks, without the ``@``."""
    return tags.replace("@", "").strip()


def check_scenarios(scenarios: Sequence[str], sets: Sequence[ClaimSet]) -> None:
    """Check that each of these selects something of the sets. Raises UsageError."""
    documents = read_documents(sets) if scenarios else []
    every = [
        f"{document.path}::{pickle.id}" for document in documents for pickle in document.pickles
    ]
    for scenario in scenarios:
        if any(_is_in(name, [below_root(scenario)]) for name in every):
            continue
        near = difflib.get_close_matches(scenario, [*(one.path for one in documents), *every], 1)
        raise UsageError(
            f"{scenario}: no such feature or scenario in {assets.root()}"
            f"{''.join(f'; near it: {name}' for name in near)}"
            "; one of your own goes below features/, into the directory of its article"
        )


def check_tags(tags: str, scenarios: Sequence[str], sets: Sequence[ClaimSet]) -> None:
    """Check that an expression selects one of these scenarios, or of all. Raises UsageError."""
    count = len(re.findall(r"[()]|[^\s()]+", tags))
    if count > _MOST_WORDS:
        raise UsageError(f"--tags: it has {count} words; at most {_MOST_WORDS} are read")
    try:
        expression = Expression.compile(mark_expression(tags))
    except SyntaxError as error:
        raise UsageError(
            f"--tags {tags!r}: {error.msg if error.msg else error}; "
            "combine tags with and, or, not, as in '@wire and not @slow'"
        ) from None
    pickles = [
        (f"{document.path}::{pickle.id}", pickle)
        for document in read_documents(sets)
        for pickle in document.pickles
    ]
    scenarios = [below_root(scenario) for scenario in scenarios]
    chosen = [pickle for name, pickle in pickles if not scenarios or _is_in(name, scenarios)]
    if chosen and not any(_selects(expression, pickle) for pickle in chosen):
        known = sorted({tag for _, pickle in pickles for tag in pickle.tags})
        raise UsageError(f"--tags {tags!r}: no scenario matches{_hint(tags, known)}")


def below_root(scenario: str) -> str:
    """Return a scenario by the path that results have, however its file was named."""
    path, colons, name = scenario.partition("::")
    with contextlib.suppress(OSError, ValueError):  # a name that cannot be, a file elsewhere
        path = Path(path).resolve(strict=True).relative_to(assets.root().resolve()).as_posix()
    return f"{path}{colons}{name}"


def _is_in(name: str, scenarios: Sequence[str]) -> bool:
    return any(
        name == scenario or name.startswith((f"{scenario}::", f"{scenario}/", f"{scenario}["))
        for scenario in (scenario.rstrip("/") for scenario in scenarios)
    )


def _selects(expression: Expression, pickle: Pickle) -> bool:
    return expression.evaluate(lambda name, /, **_: name in pickle.tags)


def _hint(tags: str, known: Sequence[str]) -> str:
    """Name the tags that no scenario has, and those near them."""
    words = dict.fromkeys(re.findall(r"[^\s()@]+", tags))
    unknown = [word for word in words if word not in _OPERATORS and word not in known]
    if not unknown:
        return " all of it"
    lower = {tag.lower(): tag for tag in known}
    near = dict.fromkeys(
        lower[one]
        for word in unknown
        for one in difflib.get_close_matches(word.lower(), lower, _NEAR)
    )
    offered = f"; near it: {', '.join(f'@{tag}' for tag in near)}" if near else ""
    return f"; no scenario has {', '.join(f'@{word}' for word in unknown)}{offered}"
