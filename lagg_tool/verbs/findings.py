"""What ``diagnose`` has found of a LAGG, for people or for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lagg_tool.lagg.finding import Finding


@dataclass(frozen=True)
class Result:
    """What was found of a LAGG; of a text also how it looks, and what the text does not show.

    ``mac`` tells its host from others in the text that have a LAGG of this name. ``line`` is
    where the text shows its last state, ``earlier`` what was found only before that, and where.
    """

    name: str
    findings: Sequence[Finding]
    looks: str = ""
    unseen: Sequence[str] = ()
    mac: str = ""
    line: int | None = None
    earlier: Sequence[tuple[int | None, Finding]] = ()


def text_of(result: Result) -> str:
    """Return the result for people: its states, each with its findings."""
    name = f"{result.name} ({result.mac})" if result.mac else result.name
    found = "\n\n".join(map(_paragraph, result.findings))
    if result.earlier:
        where = f"{name}, as it is last{_at(result.line)}"
        states: dict[int | None, list[str]] = {}
        for line, finding in result.earlier:
            states.setdefault(line, []).append(_paragraph(finding))
        before = (
            f"{name}, as it was before{_at(line)}\n" + "\n\n".join(paragraphs)
            for line, paragraphs in states.items()
        )
        return "\n\n".join((f"{where}\n{found}" if found else _nothing(where, result), *before))
    if found:
        return f"{name}\n{found}" if result.mac else found
    return _nothing(name, result)


def _at(line: int | None) -> str:
    return f" (line {line})" if line else ""


def _nothing(name: str, result: Result) -> str:
    looks = f"; {result.looks}" if result.looks else ""
    lines = [f"{name}: nothing found that keeps it from carrying traffic{looks}"]
    return "\n".join([*lines, *(f"  not seen: {what}" for what in result.unseen)])


def _paragraph(finding: Finding) -> str:
    evidence = "\n".join(f"  seen: {line}" for line in finding.evidence)
    return (
        f"{finding.where}: {finding.cause.value}\n{evidence}\n"
        f"  meaning: {finding.meaning}\n  certain with: {finding.certain_with}\n"
        f"  next: {finding.next_command}"
    )


def data_of(result: Result) -> dict[str, Any]:
    """Return the result as JSON takes it."""
    last = [{"earlier": False, "line": result.line}] * len(result.findings)
    before = [{"earlier": True, "line": line} for line, _ in result.earlier]
    findings = [*result.findings, *(finding for _, finding in result.earlier)]
    return {
        "lagg": result.name,
        **({"mac": result.mac} if result.mac else {}),
        "unseen": list(result.unseen),
        "findings": [
            {
                "cause": finding.cause.name,
                "text": finding.cause.value,
                "where": finding.where,
                "evidence": list(finding.evidence),
                "meaning": finding.meaning,
                "certain_with": finding.certain_with,
                "next": finding.next_command,
                **place,
            }
            for finding, place in zip(findings, [*last, *before], strict=True)
        ],
    }
