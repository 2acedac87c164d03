"""Which parts of the simulated host its uses reach, measured with coverage.py.

Its uses are the acceptance run on both simulations, the replay of the recordings, the scripts
that the tool runs on a host, and what a person types after ``lagg-tool simulate``.

    python -m tests.support.reach             print what none of them reaches
    python -m tests.support.reach --write     accept that as the limit
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from coverage import Coverage

from lagg_tool.simulator.programs import PROGRAMS, TRUENAS
from tests.support.paths import ROOT

SIMULATOR = ROOT / "lagg_tool" / "simulator"
LIMITS = Path(__file__).with_suffix(".json")
_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
USES: tuple[tuple[str, ...], ...] = (
    ("-m", "lagg_tool", "accept", "--results", "build/reach.json"),
    (
        *_PYTEST,
        "tests/integration/test_commit_simulated.py",
        "tests/integration/test_commit_truenas.py",
        "tests/integration/test_accept_epair.py",
        "tests/integration/test_testbed_epair.py",
        "tests/integration/test_simulate.py",
        "tests/integration/test_simulated_nas_ssh.py",
        "tests/integration/test_typed.py",
    ),
    (*_PYTEST, "tests/replay/test_recordings.py"),
)
_SETTINGS = """\
[run]
source = lagg_tool.simulator
omit = */simulator/faults/*
core = ctrace
parallel = true
patch = subprocess
data_file = {data}
"""
# How an error branch ends, or what it calls: a typed mistake or a broken call leads there.
_COMPLAINTS = frozenset({"warn", "err", "fail", "complain"})


@dataclass
class Reach:
    """What no use reaches."""

    programs: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def __str__(self) -> str:
        """List it, a program, function or file per line."""
        return "\n".join(
            [
                *(f"{path} is installed and never run" for path in self.programs),
                *(f"{name} is never called" for name in self.functions),
                *(f"{path}: lines {_ranges(lines)}" for path, lines in self.lines.items()),
            ]
        )


def measure(jobs: int = 2) -> Reach:
    """Run every use, ``jobs`` at a time; return what none reaches."""
    with tempfile.TemporaryDirectory() as directory:
        settings = Path(directory) / "coverage.ini"
        settings.write_text(_SETTINGS.format(data=Path(directory) / "data"))
        command = ("-m", "coverage", "run", f"--rcfile={settings}")
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(_run, [(*command, *use) for use in USES]))
        coverage = Coverage(config_file=str(settings))
        coverage.combine([directory])
        return _unreached(coverage)


def _run(command: tuple[str, ...]) -> None:
    """Run a use. Whether its tests pass is for their own run to say."""
    subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
    )


def _unreached(coverage: Coverage) -> Reach:
    reach = Reach()
    called: dict[str, set[str]] = {}
    for path in sorted(SIMULATOR.rglob("*.py")):
        if "faults" in path.parts:
            continue
        _, _, _, missing, _ = coverage.analysis2(str(path))
        unreached = set(missing)
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        called[module] = set()
        for name, node in _functions(tree, ""):
            if _body_lines(node) <= unreached | _idle_lines(node):
                if not _is_idle(node):
                    reach.functions.append(f"{module}.{name}")
            else:
                called[module].add(name)
        counted = sorted(unreached - set(_error_lines(tree)))
        if counted:
            reach.lines[str(path.relative_to(ROOT))] = counted
    for program, where in {**PROGRAMS, **TRUENAS}.items():
        module, _, function = where.partition(":")
        if function not in called[f"lagg_tool.simulator.programs.{module}"]:
            reach.programs.append(program)
    return reach


def _functions(
    tree: ast.AST, prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        else:
            yield from _functions(node, prefix)


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    """Return the lines that run first when a function is called, the docstring left out."""
    first = next((part for part in node.body if not _is_text(part)), node.body[-1])
    return {first.lineno}


def _idle_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    return {part.lineno for part in node.body if _is_text(part)}


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_idle(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function needs no call: it does nothing, only complains, or is for debugging.

    It does nothing as a protocol's method or an abstract one; it complains as errors do.
    """
    if node.name == "__repr__":
        return True
    idle = (ast.Pass, ast.Delete, ast.Raise)
    return all(_is_text(part) or isinstance(part, idle) for part in node.body) or any(
        _complains(part) for part in node.body
    )


def _error_lines(tree: ast.AST) -> Iterator[int]:
    """Yield the lines of error branches: blocks that raise, or complain to the user."""
    for node in ast.walk(tree):
        blocks = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
        for block in blocks:
            if isinstance(block, list) and not isinstance(node, ast.Module | ast.ClassDef):
                yield from _error_block(node, block)


def _error_block(node: ast.AST, block: list[ast.stmt]) -> Iterator[int]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        block = [part for part in block if isinstance(part, ast.Raise)]
    if any(isinstance(part, ast.Raise) or _complains(part) for part in block):
        for part in block:
            yield from range(part.lineno, (part.end_lineno or part.lineno) + 1)


def _complains(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr | ast.Return) else None
    call = call.value if isinstance(call, ast.Await) else call
    if not isinstance(call, ast.Call):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    return name.lstrip("_") in _COMPLAINTS


def _ranges(lines: list[int]) -> str:
    out: list[list[int]] = []
    for line in lines:
        if out and line == out[-1][-1] + 1:
            out[-1][1:] = [line]
        else:
            out.append([line])
    return ", ".join("-".join(str(end) for end in pair) for pair in out)


def main() -> int:
    """Print what is unreached; with ``--write`` accept it, reasons to be filled in by hand."""
    reach = measure()
    print(reach)
    if "--write" in sys.argv:
        limits = json.loads(LIMITS.read_text())
        for kind, found in (("programs", reach.programs), ("functions", reach.functions)):
            limits[kind] = {name: limits[kind].get(name, "") for name in sorted(found)}
        limits["lines"] = {path: len(lines) for path, lines in sorted(reach.lines.items())}
        LIMITS.write_text(json.dumps(limits, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
