"""Cucumber Messages, a JSON document on each line, so that Cucumber's own formatters work.

A feature whose text is the one that ran is given as it is written; else its scenarios are
written down again from the results. Cucumber has no word for a scenario that an error ended:
it is pending, which is neither passed nor failed. One that did not run has no test case started.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from gherkin.ast_builder import AstBuilder
from gherkin.errors import ParserError
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler
from gherkin.stream.id_generator import IdGenerator

from lagg_tool import __version__
from lagg_tool.errors import UsageError
from lagg_tool.evidence import (
    FeatureResult,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
)
from lagg_tool.evidence.reasons import in_words
from lagg_tool.export.transcript import caveat, place, transcript

_PROTOCOL = "34.2.0"
_GHERKIN, _LOG = "text/x.cucumber.gherkin+plain", "text/x.cucumber.log+plain"
_STATUSES = {
    Status.PASSED: "PASSED",
    Status.FAILED: "FAILED",
    Status.SKIPPED: "SKIPPED",
    Status.UNDEFINED: "UNDEFINED",
    Status.BROKEN: "PENDING",
    Status.NOT_RUN: "SKIPPED",
}
# Cucumber's formatters show of a scenario the worst of its steps.
_ORDER = ("PASSED", "SKIPPED", "PENDING", "UNDEFINED", "FAILED")
_GOOD = (Status.PASSED, Status.SKIPPED)

Envelope = dict[str, Any]


def messages(results: Results, texts: Mapping[str, str]) -> str:
    """Return a run as Cucumber Messages; ``texts`` are feature files by their SHA-256."""
    return "".join(
        json.dumps(envelope, ensure_ascii=False, separators=(",", ":")) + "\n"
        for envelope in _Writer(results, texts).envelopes()
    )


class _Writer:
    """Writes one run; the clock goes on by what each step took."""

    def __init__(self, results: Results, texts: Mapping[str, str]) -> None:
        self._results = results
        self._texts = texts
        self._ids = IdGenerator()
        started = dt.datetime.fromisoformat(results.started)
        self._now = started if started.tzinfo else started.replace(tzinfo=dt.UTC)

    def envelopes(self) -> Iterator[Envelope]:
        run = self._id()
        yield {"meta": self._meta()}
        yield {"testRunStarted": {"timestamp": self._time(), "id": run}}
        before, after = self._id(), self._id()
        for hook, name, kind in (
            (before, "Where it ran", "BEFORE_TEST_CASE"),
            (after, "The scenario as a whole", "AFTER_TEST_CASE"),
        ):
            yield {"hook": {"id": hook, "name": name, "sourceReference": {}, "type": kind}}
        statuses = []
        for target in self._results.targets:
            for feature in self._results.features:
                scenarios = [s for s in feature.scenarios if s.target == target.id]
                statuses += [scenario.status for scenario in scenarios]
                for scenario, pickle in (yield from self._source(target, feature, scenarios)):
                    yield from self._case(target, scenario, pickle, run, (before, after))
        success = all(status in _GOOD for status in statuses) and Status.PASSED in statuses
        finished = {"success": success, "timestamp": self._time(), "testRunStartedId": run}
        yield {"testRunFinished": finished}

    def _meta(self) -> Envelope:
        return {
            "protocolVersion": _PROTOCOL,
            "implementation": {"name": "lagg-tool", "version": __version__},
            "runtime": {"name": self._results.tool},
            "os": {"name": "; ".join(place(target) for target in self._results.targets)},
            "cpu": {"name": "not recorded"},
        }

    def _source(
        self, target: TargetResult, feature: FeatureResult, scenarios: Sequence[ScenarioResult]
    ) -> Generator[Envelope, None, list[tuple[ScenarioResult, Envelope]]]:
        """Yield source, document and pickles; return each scenario with its pickle."""
        if not scenarios:
            return []
        several = len(self._results.targets) > 1
        uri = f"{place(target)}/{feature.path}" if several else feature.path
        text, lines = self._texts.get(feature.digest, ""), {s.line: s for s in scenarios}
        document, pickles = self._parsed(text, uri) if text else ({}, [])
        if not _fits(pickles, lines):
            text, lines = _written(feature, scenarios)
            try:
                document, pickles = self._parsed(text, uri)
            except ParserError as error:
                raise UsageError(
                    f"{feature.path}: what these results say of it is no feature file: {error};"
                    " name results that accept has written"
                ) from None
        yield {"source": {"uri": uri, "data": text, "mediaType": _GHERKIN}}
        yield {"gherkinDocument": document}
        for pickle in pickles:
            yield {"pickle": pickle}
        return [
            (lines[pickle["location"]["line"]], pickle)
            for pickle in pickles
            if pickle["location"]["line"] in lines
        ]

    def _parsed(self, text: str, uri: str) -> tuple[Envelope, list[Envelope]]:
        document: Any = {**Parser(ast_builder=AstBuilder(self._ids)).parse(text), "uri": uri}
        pickles: Any = list(Compiler(self._ids).compile(document))
        return document, pickles

    def _case(
        self,
        target: TargetResult,
        scenario: ScenarioResult,
        pickle: Envelope,
        run: str,
        hooks: tuple[str, str],
    ) -> Iterator[Envelope]:
        before, after = hooks
        first = {"id": self._id(), "hookId": before}
        steps = [
            {"id": self._id(), "pickleStepId": step["id"], "stepDefinitionIds": []}
            for step in pickle["steps"]
        ]
        statuses = [_STATUSES[step.status] for step in scenario.steps]
        whole = _STATUSES[scenario.status]
        # What no step tells, such as a clean-up that failed, or why all were skipped.
        untold = bool(scenario.reason) and not any(step.reason for step in scenario.steps)
        is_told = max(statuses, key=_ORDER.index, default="") == whole and not untold
        last = [] if is_told else [{"id": self._id(), "hookId": after}]
        case = {"id": self._id(), "pickleId": pickle["id"], "testRunStartedId": run}
        yield {"testCase": {**case, "testSteps": [first, *steps, *last]}}
        if scenario.status is Status.NOT_RUN:
            return
        started = self._id()
        begun = {"attempt": 0, "id": started, "testCaseId": case["id"]}
        yield {"testCaseStarted": {**begun, "timestamp": self._time()}}
        ended = [
            (first, "PASSED", 0.0, "", caveat(target)),
            *(
                (one, _STATUSES[step.status], step.seconds, step.reason, transcript(step))
                for one, step in zip(steps, scenario.steps, strict=False)
            ),
            *((one, whole, 0.0, scenario.reason, "") for one in last),
        ]
        for one, status, seconds, reason, log in ended:
            known = {"testCaseStartedId": started, "testStepId": one["id"]}
            yield from self._step(known, status, seconds, reason, log)
        finished = {"testCaseStartedId": started, "timestamp": self._time()}
        yield {"testCaseFinished": {**finished, "willBeRetried": False}}

    def _step(
        self, known: Envelope, status: str, seconds: float | None, reason: str, log: str
    ) -> Iterator[Envelope]:
        yield {"testStepStarted": {**known, "timestamp": self._time()}}
        if log:
            attachment = {"body": log, "contentEncoding": "IDENTITY", "mediaType": _LOG}
            yield {"attachment": {**attachment, **known}}
        whole, part = divmod(round((seconds or 0.0) * 1e9), 10**9)
        result: Envelope = {"duration": {"seconds": whole, "nanos": part}, "status": status}
        if reason:
            result["message"] = in_words(reason)
        timestamp = self._time(seconds)
        yield {"testStepFinished": {**known, "testStepResult": result, "timestamp": timestamp}}

    def _id(self) -> str:
        return self._ids.get_next_id()

    def _time(self, passed: float | None = None) -> Envelope:
        with contextlib.suppress(OverflowError):  # more than a calendar has
            self._now += dt.timedelta(seconds=passed or 0.0)
        return {"seconds": int(self._now.timestamp()), "nanos": self._now.microsecond * 1000}


def _fits(pickles: Sequence[Envelope], lines: Mapping[int, ScenarioResult]) -> bool:
    """Return whether every result is that of a pickle, step by step."""
    texts = {p["location"]["line"]: [step["text"] for step in p["steps"]] for p in pickles}
    return all(texts.get(line) == [step.text for step in s.steps] for line, s in lines.items())


def _written(
    feature: FeatureResult, scenarios: Sequence[ScenarioResult]
) -> tuple[str, dict[int, ScenarioResult]]:
    """Return a feature file of what ran, and its scenarios by their lines."""
    lines = ["# As it ran: the feature file has changed since.", f"Feature: {feature.name}"]
    places, rule = {}, ""
    for scenario in scenarios:
        if scenario.rule != rule:
            rule = scenario.rule
            lines += ["", f"  Rule: {rule}"]
        lines.append("")
        if scenario.tags:
            lines.append("  " + " ".join(f"@{tag}" for tag in scenario.tags))
        lines.append(f"  Scenario: {scenario.name}")
        places[len(lines)] = scenario
        for step in scenario.steps:
            lines += _step_lines(step)
    return "\n".join(lines) + "\n", places


def _step_lines(step: StepResult) -> Iterator[str]:
    yield f"    {step.keyword} {step.text}"
    for row in step.table:
        cells = (cell.replace("\\", r"\\").replace("|", r"\|").replace("\n", r"\n") for cell in row)
        yield f"      | {' | '.join(cells)} |"
    if step.docstring:
        yield '      """'
        for line in step.docstring.split("\n"):
            yield "      " + line.replace('"""', r"\"\"\"")
        yield '      """'
