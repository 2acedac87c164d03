"""One run of the suite in this process, by pytest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lagg_tool import assets
from lagg_tool.errors import INTERRUPTED, UsageError
from lagg_tool.evidence import Results
from lagg_tool.suite.exit_status import exit_status
from lagg_tool.suite.recorder import RECEIVE
from lagg_tool.suite.selection import Selection
from lagg_tool.target import is_own, try_target

if TYPE_CHECKING:
    from xdist.remote import Producer

    from lagg_tool.suite.scheduling import RuleScheduling


class _CtrlC:
    """Notices Ctrl-C: pytest exits alike for ``pytest.exit`` and for a file it cannot read."""

    pressed = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell Ctrl-C from ``pytest.exit`` and ``Interrupted``, which are its subclasses."""
        self.pressed |= type(excinfo.value) is KeyboardInterrupt


class _Receiver:
    """Takes the results of the run: no file, whose disk may be full, is between it and them."""

    results: Results | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Ask the plugin for them."""
        config.stash[RECEIVE] = self._receive

    def _receive(self, results: Results) -> None:
        self.results = results


class _Scheduler:
    """Tells pytest-xdist what the workers share."""

    @staticmethod
    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RuleScheduling:
        """Return the scheduler of a run."""
        # pytest warns of what was imported before it.
        from lagg_tool.suite.scheduling import RuleScheduling  # noqa: PLC0415

        return RuleScheduling(config, log)


def suite_arguments(target: str) -> list[str]:
    """Return pytest's arguments for the suite of this checkout, or installation, on a target."""
    configuration = Path(__file__).with_name("pytest.toml")
    root = ["-c", str(configuration), "--rootdir", str(assets.root())]
    return [*root, "-p", "no:terminal", f"--target={target}"]


def worker_count(target: str, asked: int | None, *, partial: bool) -> int:
    """Return how many processes share a run, each with a NAS of its own.

    Unless ``asked`` for, a ``partial`` run has one. Raises UsageError for several processes
    on a target that is one NAS.
    """
    if is_own(target):
        # On a real clock a NAS waits for timers most of the time: one more keeps a CPU busy.
        more = 0 if target.startswith("sim:") else 1
        return asked or (1 if partial else (os.cpu_count() or 1) + more)
    if asked is not None:
        raise UsageError(f"--workers: {target} is one NAS; only sim: and qemu:linux can be many")
    return 1


def run_suite(
    target: str,
    words: Sequence[str],
    scenarios: Sequence[str],
    workers: int,
    selection: Selection,
) -> tuple[int, Results | None]:
    """Run scenarios, or all of them, with the plugin's options.

    Return an exit status of ours, and the results, unless the run ended before it had any.
    """
    root = assets.root()
    arguments = [*suite_arguments(target), *words]
    if workers > 1:
        try_target(target)  # a URL that cannot be is found here, not by each of them
        arguments += [f"--numprocesses={workers}", "--dist=loadscope"]
    chosen = [selection.file_of(scenario, root) for scenario in scenarios]
    chosen = chosen or [str(one.directory) for one in selection.concerned()]
    ctrl_c, receiver = _CtrlC(), _Receiver()
    code = int(pytest.main([*arguments, *chosen], plugins=[ctrl_c, receiver, _Scheduler()]))
    return INTERRUPTED if ctrl_c.pressed else exit_status(code), receiver.results
