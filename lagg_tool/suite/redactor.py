"""What a run prints while it runs: terminals and logs are published as results are."""

from __future__ import annotations

from typing import Any

import pytest

from lagg_tool.evidence import ScenarioResult, TargetResult
from lagg_tool.evidence.redaction import Redactor, learn_scenario, learn_target

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_WAS_ESCAPED = "\0"


class ReportRedactor:
    """Takes out of reports what identifies a host, before anything prints them.

    What the results carry is left as it is: their redaction sees the whole run, and its
    stand-ins hold there. Stand-ins of hosts are the same, others may have other numbers.
    """

    def __init__(self) -> None:
        self._redactor = Redactor()
        self._known: set[str] = set()

    def report(
        self, report: pytest.TestReport, target: TargetResult | None, config: pytest.Config
    ) -> pytest.TestReport:
        """Return the report as it may be shown; ``acceptance["shown"]`` is its reason, redacted."""
        carried: dict[str, Any] = report.acceptance
        if target is not None and target.id not in self._known:
            self._known.add(target.id)
            learn_target(self._redactor, target)
        if carried["scenario"] is not None:
            learn_scenario(self._redactor, ScenarioResult.from_dict(carried["scenario"]))
        data = config.hook.pytest_report_to_serializable(config=config, report=report)
        shown = (data["longrepr"], data["sections"], carried["reason"])
        for text in (carried["reason"], *(text for _, text in data["sections"])):
            self._redactor.learn(text)  # but not of the source lines in longrepr
        data["longrepr"], data["sections"], reason = self._redacted(shown)
        data["acceptance"] = {**carried, "shown": reason}
        made: pytest.TestReport = config.hook.pytest_report_from_serializable(
            config=config, data=data
        )
        return made

    def _redacted(self, value: Any) -> Any:
        """Return plain data with every text in it redacted."""
        if isinstance(value, str):
            return _escaped(self._redactor.text(_plain(value)))
        if isinstance(value, dict):
            return {key: self._redacted(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self._redacted, value))
        return value


def _plain(text: str) -> str:
    """Turn line ends that ``repr`` escaped into line ends again, so that words begin there."""
    for letter, character in _ESCAPES.items():
        text = text.replace(f"\\{letter}", f"{character}{_WAS_ESCAPED}")
    return text


def _escaped(text: str) -> str:
    """Undo ``_plain``."""
    for letter, character in _ESCAPES.items():
        text = text.replace(f"{character}{_WAS_ESCAPED}", f"\\{letter}")
    return text
