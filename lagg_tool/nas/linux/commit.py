"""A plan for Linux as data for the scripts of a confirmed commit."""

from __future__ import annotations

from collections.abc import Iterable

from lagg_tool.command import quote
from lagg_tool.nas.linux.plan import FileEdit, Plan
from lagg_tool.nas.linux.steps import Step


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
