"""JUnit XML, as Jenkins, GitLab and pytest's own xunit2 have it: one suite per target and feature.

A scenario that failed is a failure; one that an error ended, or that did not run, is an error,
so that no pipeline takes what nobody tried for what passed; a skipped one is skipped.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from lagg_tool.evidence import (
    FeatureResult,
    Results,
    ScenarioResult,
    Status,
    TargetResult,
)
from lagg_tool.evidence.reasons import in_words, what_failed
from lagg_tool.export.transcript import caveat, place, transcript

# What XML 1.0 has no way to write, such as the escapes that a terminal is steered by.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS = {
    Status.FAILED: "failure",
    Status.UNDEFINED: "error",
    Status.BROKEN: "error",
    Status.NOT_RUN: "error",
    Status.SKIPPED: "skipped",
}


def junit(results: Results) -> str:
    """Return a run as JUnit XML."""
    root = ET.Element("testsuites", name=_legal(results.tool))
    for target in results.targets:
        for feature in results.features:
            scenarios = [s for s in feature.scenarios if s.target == target.id]
            if scenarios:
                root.append(_suite(results, target, feature, scenarios))
    _count(root, [case for suite in root for case in suite.iter("testcase")])
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(
    results: Results,
    target: TargetResult,
    feature: FeatureResult,
    scenarios: Sequence[ScenarioResult],
) -> ET.Element:
    suite = ET.Element("testsuite", name=_legal(f"{place(target)}: {feature.name}"))
    suite.set("timestamp", results.started)
    facts = {"target": target.url, "provenance": target.provenance, "release": target.release}
    properties = ET.SubElement(suite, "properties")
    for name, value in {**facts, "commit": results.commit, "place": caveat(target)}.items():
        ET.SubElement(properties, "property", name=name, value=_legal(value))
    for scenario in scenarios:
        suite.append(_case(scenario, feature, target))
    _count(suite, list(suite.iter("testcase")))
    return suite


def _case(scenario: ScenarioResult, feature: FeatureResult, target: TargetResult) -> ET.Element:
    # What is behind "::" is unique among the rows of an outline; the name alone is not.
    name = scenario.id.partition("::")[2] or scenario.name
    path = feature.path.removesuffix(".feature").replace("/", ".")
    case = ET.Element("testcase", name=_legal(name), classname=_legal(f"{place(target)}.{path}"))
    case.set("time", f"{scenario.seconds:.3f}")
    kind = _KINDS.get(scenario.status)
    if kind:
        failure = what_failed(scenario)
        reason = in_words(scenario.reason) or scenario.status
        message = f"expected: {failure[0]}; observed: {failure[1]}" if failure else reason
        ET.SubElement(case, kind, message=_legal(message), type=scenario.status.value)
    lines = [caveat(target)]
    for step in scenario.steps:
        lines.append(f"{step.keyword} {step.text}: {step.status}")
        lines += filter(None, [transcript(step)])
    if kind != "skipped":
        ET.SubElement(case, "system-out").text = _legal("\n".join(lines))
    return case


def _count(parent: ET.Element, cases: Sequence[ET.Element]) -> None:
    """Count the cases in the attributes that pipelines read."""
    parent.set("tests", str(len(cases)))
    for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        parent.set(name, str(sum(case.find(kind) is not None for case in cases)))
    parent.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _legal(text: str) -> str:
    return _ILLEGAL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
