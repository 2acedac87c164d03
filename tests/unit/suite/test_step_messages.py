"""What a failed step says is published: it is a sentence, never pytest's ``assert …``."""

import ast
from pathlib import Path

import pytest

from tests.support.paths import ROOT

MODULES = sorted((ROOT / "steps").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_assertion_of_a_step_has_words(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    silent = [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert) and not node.msg
    ]

    assert not silent, f"{path}: no message in lines {silent}"
