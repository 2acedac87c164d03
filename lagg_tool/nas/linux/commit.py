"""A plan for Linux as a confirmed commit: its data for the scripts, and what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lagg_tool.bond.state import BondHost
from lagg_tool.command import Runner, quote
from lagg_tool.nas.commit import ConfirmedCommit
from lagg_tool.nas.contract import Outcome
from lagg_tool.nas.linux.observation import observe
from lagg_tool.nas.linux.plan import FileEdit, Plan
from lagg_tool.nas.linux.steps import Step

Replan = Callable[[BondHost], Plan]


def data_of(plan: Plan) -> dict[str, str]:
    """Return the data files of a change by name; change.sh and files.sh read them."""
    files = {"steps": _steps(plan.steps), "inverse": _steps(plan.inverse)}
    if plan.files:
        files["edits"] = "".join(_edit(each) for each in plan.files)
    return files


def _steps(steps: Iterable[Step]) -> str:
    return "".join(f"step {step.command.text}\n" for step in steps)


def _edit(edit: FileEdit) -> str:
    words = ["file", edit.path]
    for text in (edit.before, edit.after):
        words += ["absent", ""] if text is None else ["text", text]
    return f"{' '.join(quote(word) for word in words)}\n"


def apply(commit: ConfirmedCommit, plan: Plan, replan: Replan, *, hold: bool) -> Outcome:
    """Make the change; ``replan`` returns what is left to do at runtime. Raises as ``make``."""

    def left_to_do(runner: Runner) -> list[str]:
        return [step.command.text for step in replan(observe(runner).host).steps]

    return commit.make(plan.name, data_of(plan), left_to_do, hold=hold)
