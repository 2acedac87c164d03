"""Mutation runs: do the unit tests notice when the code is changed? mutmut changes it.

    python -m tests.mutation                 the files that changed since the base
    python -m tests.mutation FILE...         these files
    python -m tests.mutation --all           all that [tool.lagg_tool.mutation.tests] names

The base is $LAGG_TOOL_BASE, else where this branch left origin/main, else the commit before.
The run works in build/mutation, a copy of the checkout; ``mutmut browse`` there shows it all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from tests.support.paths import ROOT

COPY = ROOT / "build" / "mutation"
SOURCES = ("lagg_tool", "steps")
# Fewer say nothing about the share that is noticed.
ENOUGH = 20
SHOWN = 20
NOTICED = ("killed", "timeout", "segfault")
UNNOTICED = ("survived", "suspicious")
# Its function is called by none of the tests that belong to the file. Tests that start a program
# may call it: the gate on coverage asks for that, and the share counts what was tried.
UNTRIED = "no tests"
# mutmut ends with an error then, but there is nothing to be blamed on the tests that there are.
NO_TEST_AT_ALL = "could not find any test case for any mutant"
# A mutant that fails may leave a socket open. pytest finds that when the run is over, and as an
# error it would end mutmut instead of the mutant.
PYTEST_WORDS = ("-W", "default::pytest.PytestUnraisableExceptionWarning")


@dataclass(frozen=True)
class Rules:
    """What may be mutated, by which tests, and the share (percent) to be noticed."""

    tests: Mapping[str, Sequence[str]]
    noticed_at_least: float

    def subjects(self, files: Iterable[str]) -> dict[str, list[str]]:
        """Return those of ``files`` that may be mutated, with the tests that belong to each."""
        return {
            file: [test for glob in self._globs(file) for test in self.tests[glob]]
            for file in sorted(set(files))
            if file.endswith(".py") and any(self._globs(file))
        }

    def _globs(self, file: str) -> list[str]:
        return [glob for glob in self.tests if fnmatch(file, glob)]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the status of each mutant by its name, as mutmut names them."""

    statuses: Mapping[str, str]

    @property
    def unnoticed(self) -> list[str]:
        """The mutants that were tried and that no test noticed."""
        return [name for name, status in self.statuses.items() if status in UNNOTICED]

    @property
    def uncalled(self) -> dict[str, int]:
        """The functions that no test called, with how many mutants each would have had."""
        names = [name for name, status in self.statuses.items() if status == UNTRIED]
        return Counter(name.partition("__mutmut_")[0] for name in names)

    @property
    def share(self) -> float:
        """The percentage of the mutants tried that a test noticed."""
        tried = [s for s in self.statuses.values() if s in (*NOTICED, *UNNOTICED)]
        return 100 * sum(s in NOTICED for s in tried) / len(tried) if tried else 100.0

    def passes(self, at_least: float) -> bool:
        """Tell whether enough were noticed; a handful of mutants is no measure."""
        tried = len(self.unnoticed) + sum(s in NOTICED for s in self.statuses.values())
        return tried < ENOUGH or self.share >= at_least

    def __str__(self) -> str:
        """Count the mutants by status."""
        counts = Counter(self.statuses.values())
        words = ", ".join(f"{count} {status}" for status, count in counts.most_common())
        return f"{len(self.statuses)} mutants: {words}; {self.share:.0f} % noticed"


def read_rules(pyproject: Path = ROOT / "pyproject.toml") -> Rules:
    """Read the table ``[tool.lagg_tool.mutation]``."""
    table = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["lagg_tool"]["mutation"]
    return Rules(table["tests"], table["noticed_at_least"])


def read_results(text: str) -> Outcome:
    """Read what ``mutmut results --all true`` prints: a line ``name: status`` for each."""
    pairs = (line.strip().split(": ", 1) for line in text.splitlines() if ": " in line)
    return Outcome(dict(pairs))


def _git(*words: str) -> str | None:
    """Return what git prints, or None where it fails."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def find_base() -> str | None:
    """Return the commit to compare with, or None in a checkout that has but one."""
    if base := os.environ.get("LAGG_TOOL_BASE"):
        return base
    fork = _git("merge-base", "HEAD", "origin/main")
    if fork and fork != _git("rev-parse", "HEAD"):
        return fork
    return _git("rev-parse", "--verify", "-q", "HEAD~1")


def changed_files(base: str) -> list[str]:
    """Return the files that differ from ``base``, those that git does not track yet included."""
    changed = _git("diff", "--name-only", "--diff-filter=d", base)
    if changed is None:
        sys.exit(f"git knows no commit {base}; set LAGG_TOOL_BASE to one")
    return [*changed.splitlines(), *(_git("ls-files", "-o", "--exclude-standard") or "").split()]


def tracked_files() -> list[str]:
    """Return the files of the checkout that are there."""
    listed = (_git("ls-files", "-co", "--exclude-standard") or "").splitlines()
    return [name for name in listed if (ROOT / name).is_file()]


def _settings(subjects: Mapping[str, Sequence[str]], files: Sequence[str]) -> Iterator[str]:
    """Yield the lines of setup.cfg for mutmut."""
    top = {name.split("/")[0] for name in files} - {*SOURCES, "tests"}
    tests = {test for tests in subjects.values() for test in tests}
    yield "[mutmut]"
    for name, values in (
        ("source_paths", SOURCES),
        ("only_mutate", subjects),
        ("also_copy", sorted(top)),
        ("pytest_add_cli_args", PYTEST_WORDS),
        ("pytest_add_cli_args_test_selection", sorted(tests)),
    ):
        yield f"{name} ="
        yield from (f"    {value}" for value in values)


def _copy(subjects: Mapping[str, Sequence[str]]) -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    files = tracked_files()
    for name in files:
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, COPY / name)
    (COPY / "setup.cfg").write_text("\n".join(_settings(subjects, files)) + "\n")


def _mutmut(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mutmut", *words],
        cwd=COPY,
        env=os.environ | {"PYTHONPATH": "."},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _run(subjects: Mapping[str, Sequence[str]], jobs: int, seconds: float | None) -> Outcome:
    """Mutate and test; end it after ``seconds``. Exits where the tests fail without a mutant."""
    _copy(subjects)
    process = _mutmut("run", "--max-children", str(jobs))
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        print(f"ended after {seconds:.0f} seconds; make mutants takes its time")
    else:
        if process.returncode != 0 and NO_TEST_AT_ALL not in said:
            sys.exit(f"mutmut failed:\n{said.replace(chr(13), chr(10))[-4000:]}")
    return read_results(_mutmut("results", "--all", "true").communicate()[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; return 1 where too few mutants were noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seconds", type=float, help="end after so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    options = parser.parse_args(arguments)
    rules = read_rules()
    files = options.files
    if options.all:
        files = tracked_files()
    elif not files:
        base = find_base()
        if base is None:
            print("mutation: no commit before this one, so nothing has changed")
            return 0
        files = changed_files(base)
    subjects = rules.subjects(files)
    if not subjects:
        print("mutation: no file that [tool.lagg_tool.mutation] names has changed")
        return 0
    print(f"mutation of {', '.join(subjects)}", flush=True)
    outcome = _run(subjects, options.jobs, options.seconds)
    for name in outcome.unnoticed[:SHOWN]:
        print(_mutmut("show", name).communicate()[0])
    for name in outcome.unnoticed[SHOWN:]:
        print(f"unnoticed: {name}")
    for name, count in outcome.uncalled.items():
        print(f"not called: {name} ({count} mutants)")
    print(outcome)
    if not outcome.passes(rules.noticed_at_least):
        print(f"expected {rules.noticed_at_least} % to be noticed; test what survived, above")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
