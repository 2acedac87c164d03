"""The reason of a failure in words that a reader understands.

A check that carries no message leaves pytest's own words behind, such as ``assert 3 == 2``. They
never reach a page or a report: ``in_words`` says what was expected and what was observed.
"""

from __future__ import annotations

import re

from lagg_tool.evidence.results import ScenarioResult, Status, StepResult

_UNKNOWN = "the check failed, and recorded nothing else: see the evidence of the step"
_LONGEST = 300
_ASSERT = re.compile(r"(AssertionError(:|$)|(AssertionError:\s*)?assert\b)")
# An operator in pytest's account of an expression, and what to write of both sides.
_COMPARISONS = (
    (" not in ", "expected {b} without {a}, observed {a} in it"),
    (" in ", "expected {a} among {b}, observed that it is not"),
    (" == ", "expected {b}, observed {a}"),
    (" != ", "expected anything but {b}, observed it"),
    (" <= ", "expected at most {b}, observed {a}"),
    (" >= ", "expected at least {b}, observed {a}"),
    (" < ", "expected less than {b}, observed {a}"),
    (" > ", "expected more than {b}, observed {a}"),
)


def in_words(reason: str) -> str:
    """Return a reason without the words of the test runner; a message keeps its own words."""
    lines = reason.strip().splitlines()
    at = next((n for n, line in enumerate(lines) if _ASSERT.match(line.strip())), None)
    if at is None:
        return reason
    observed = [line.strip() for line in lines[:at] if line.strip()]
    if observed:
        return f"observed {observed[0]}" if len(observed) == 1 else "\n".join(observed)
    return _expression(lines[at].strip().removeprefix("AssertionError:").strip())


def what_failed(scenario: ScenarioResult) -> tuple[str, str] | None:
    """Return (expected, observed) of the step that failed; None for a scenario that did not.

    A failure outside its steps is that of what the scenario's name says.
    """
    if scenario.status not in (Status.FAILED, Status.UNDEFINED):
        return None
    bad = (s for s in scenario.steps if s.status in (Status.FAILED, Status.UNDEFINED))
    step = next(bad, None)
    expected = expectation(step) if step else scenario.name
    reason = (step.reason if step else "") or scenario.reason
    return expected, in_words(reason) or _UNKNOWN


def expectation(step: StepResult) -> str:
    """Return what a step expects: its own words, with its table."""
    rows = ", ".join(" ".join(row) for row in step.table)
    return f"{step.text} {rows}".strip()


def _expression(text: str) -> str:
    text = text.removeprefix("assert").strip()
    if text in {"", "False", "None"}:
        return _UNKNOWN
    if text.startswith("not "):
        return _cut(f"expected nothing, observed {text.removeprefix('not ')}")
    for operator, words in _COMPARISONS:
        before, found, after = text.partition(operator)
        if found:
            return _cut(words.format(a=before, b=after))
    return _cut(f"expected this to hold: {text}")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
