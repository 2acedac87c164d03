"""A run in the formats of others, read again by their own readers."""

from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from cucumber_messages import Envelope, message_converter

from lagg_tool.claims import Claim, Claims, Level, Source, Verdict
from lagg_tool.claims.article import parse_article
from lagg_tool.errors import UsageError
from lagg_tool.evidence import CommandEvent, Results, Status, VerdictResult
from lagg_tool.export import Page, badge, junit, messages, sarif
from lagg_tool.suite.gherkin import parse_feature
from tests.support.synthetic import (
    FAILOVER,
    LOAD_BALANCE,
    OBSERVED,
    synthetic_results,
    with_status,
)

PRIMARY = "Traffic goes through the primary"
TEXTS = {
    feature.digest: feature.text
    for feature in (
        parse_feature("features/loadbalance.feature", LOAD_BALANCE),
        parse_feature("features/failover.feature", FAILOVER),
    )
}


@pytest.fixture
def results() -> Results:
    return synthetic_results()


def envelopes(results: Results, texts: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the messages; those that Cucumber's own classes cannot hold are an error."""
    found = [json.loads(line) for line in messages(results, texts or {}).splitlines()]
    for one in found:
        read = message_converter.to_dict(message_converter.from_dict(one, Envelope))
        assert read == one
    return found


def of_kind(found: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    return (one[kind] for one in found if kind in one)


def statuses(found: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return the statuses of the steps of each scenario, as a formatter looks for them."""
    names = {pickle["id"]: pickle["name"] for pickle in of_kind(found, "pickle")}
    cases = {case["id"]: names[case["pickleId"]] for case in of_kind(found, "testCase")}
    begun = {one["id"]: cases[one["testCaseId"]] for one in of_kind(found, "testCaseStarted")}
    ended: dict[str, set[str]] = {name: set() for name in begun.values()}
    for one in of_kind(found, "testStepFinished"):
        ended[begun[one["testCaseStartedId"]]].add(one["testStepResult"]["status"])
    return ended


@pytest.mark.parametrize("texts", [TEXTS, {}], ids=["as written", "as it ran"])
def test_messages_have_every_scenario_with_its_steps(
    results: Results, texts: dict[str, str]
) -> None:
    found = envelopes(results, texts)

    every = [s for feature in results.features for s in feature.scenarios]
    assert len(list(of_kind(found, "testCase"))) == len(every)
    assert statuses(found)[PRIMARY] == {"PASSED"}
    assert "UNDEFINED" in statuses(found)["A step that nobody wrote"]
    logs = [one["body"] for one in of_kind(found, "attachment")]
    assert any(log.startswith("$ ifconfig lagg0\nlagg0: flags=8843") for log in logs)
    assert sum("no evidence about a real host" in log for log in logs) == len(every)
    [finished] = of_kind(found, "testRunFinished")
    assert finished["success"] is False  # a step is undefined


def test_a_table_and_a_text_of_a_step_survive_that_their_file_is_gone(results: Results) -> None:
    found = envelopes(results)

    [pickle] = [p for p in of_kind(found, "pickle") if p["name"].startswith("Sixty-four")]
    [table] = [s["argument"]["dataTable"] for s in pickle["steps"] if "dataTable" in str(s)]
    assert [cell["value"] for cell in table["rows"][1]["cells"]] == ["UDP", "64"]
    assert any("within one second" in json.dumps(p) for p in of_kind(found, "pickle"))


def test_a_failed_clean_up_is_neither_passed_nor_failed(results: Results) -> None:
    found = envelopes(with_status(results, PRIMARY, Status.BROKEN), TEXTS)

    assert statuses(found)[PRIMARY] == {"PASSED", "PENDING"}


def test_what_did_not_run_has_no_test_case_started(results: Results) -> None:
    found = envelopes(with_status(results, PRIMARY, Status.NOT_RUN), TEXTS)

    assert PRIMARY not in statuses(found)


def test_two_targets_are_two_documents(results: Results) -> None:
    real = synthetic_results(target=OBSERVED)
    both = dataclasses.replace(
        results,
        targets=(*results.targets, *real.targets),
        features=tuple(
            dataclasses.replace(one, scenarios=(*one.scenarios, *two.scenarios))
            for one, two in zip(results.features, real.features, strict=True)
        ),
    )

    uris = [source["uri"] for source in of_kind(envelopes(both, TEXTS), "source")]

    assert "simulated FreeBSD 13.2/features/failover.feature" in uris
    assert len(uris) == len(set(uris)) == 2 * len(results.features)


@pytest.mark.parametrize("status", [Status.BROKEN, Status.NOT_RUN])
def test_what_an_error_ended_is_an_error_in_junit(results: Results, status: Status) -> None:
    root = ET.fromstring(junit(with_status(results, PRIMARY, status)))  # noqa: S314 - our own

    [case] = [c for c in root.iter("testcase") if c.get("name") == PRIMARY]
    assert [each.tag for each in case] == ["error", "system-out"]
    assert root.get("failures") == "0"


def test_junit_counts_and_tells_what_was_expected(results: Results) -> None:
    failed = with_status(results, PRIMARY, Status.FAILED)
    failed = with_status(failed, "The next port is the one with the next index", Status.NOT_RUN)

    root = ET.fromstring(junit(failed))  # noqa: S314 - our own

    every = [s.status for feature in failed.features for s in feature.scenarios]
    assert root.get("tests") == str(len(every))
    assert root.get("failures") == "1"
    assert root.get("skipped") == str(every.count(Status.SKIPPED))
    assert root.get("errors") == "2"  # undefined, and not run
    [case] = [c for c in root.iter("testcase") if c.get("name") == PRIMARY]
    failure = case.find("failure")
    assert failure is not None
    assert "expected: " in failure.get("message", "")
    assert "no evidence about a real host" in (case.findtext("system-out") or "")
    names = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
    assert len(names) == len(set(names))


def test_junit_can_hold_what_a_terminal_is_steered_by(results: Results) -> None:
    [first, *others] = results.features
    scenario = first.scenarios[0]
    loud = CommandEvent(0.0, "cat x", 0, "\x1b[31mred\x00\ufffe", "", 0.1)
    step = dataclasses.replace(scenario.steps[0], evidence=(loud,))
    scenario = dataclasses.replace(scenario, steps=(step, *scenario.steps[1:]))
    first = dataclasses.replace(first, scenarios=(scenario, *first.scenarios[1:]))

    text = junit(dataclasses.replace(results, features=(first, *others)))

    assert r"\x1b[31mred\x00\xfffe" in (ET.fromstring(text).findtext(".//system-out") or "")  # noqa: S314


def test_a_badge_is_green_for_real_hosts_only(results: Results) -> None:
    undefined = "A step that nobody wrote"
    passed = with_status(results, undefined, Status.PASSED)
    observed = with_status(synthetic_results(target=OBSERVED), undefined, Status.PASSED)
    green = "#1a7f37"

    assert "failed; simulated FreeBSD 13.2" in badge(results)
    assert "passed; simulated FreeBSD 13.2" in badge(passed)
    assert green not in badge(passed)
    assert green in badge(observed)
    partial = badge(with_status(observed, PRIMARY, Status.NOT_RUN))
    assert " of " in partial
    assert green not in partial
    loud = dataclasses.replace(OBSERVED, release='a "system" & <more>')
    ET.fromstring(badge(synthetic_results(target=loud)))  # noqa: S314 - our own


OLD = "Ports may be in series."
MARKDOWN = f"# A heading\n\nFirst comes a line.\nThe *text*: {OLD} More follows.\n"


def the_claims() -> Claims:
    """Return a claim on a sentence of the page, with a text to paste."""
    sentences = parse_article("page.md", MARKDOWN).sentences
    [hash_] = [s.hash for s in sentences if "series" in s.text]
    source = Source("page.md", "A heading", 1, (hash_,))
    text = {hash_: "The *text*: ports are parallel."}
    wrong = Claim(
        *("C-01", "Ports in series.", Level.HOST, Verdict.CONTRADICTED, "They are parallel."),
        *("Say so.", (source,), 1, text),
    )
    return Claims((wrong,), (), {}, "")


def verdict_of(results: Results, word: str) -> Results:
    found = VerdictResult("C-01", results.targets[0].id, word, "They are parallel.", ())
    return dataclasses.replace(results, verdicts=(found,))


def test_sarif_points_at_the_sentence_and_its_fix_repairs_it(results: Results) -> None:
    page = Page("page.md", "content/a page.md", MARKDOWN)

    log = json.loads(sarif(verdict_of(results, "contradicted"), the_claims(), [page]))

    [run] = log["runs"]
    [result] = run["results"]
    assert result["level"] == "error"
    assert "simulated FreeBSD 13.2" in result["message"]["text"]
    [location] = result["locations"]
    where = location["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "content/a%20page.md"
    assert where["region"]["startLine"] == 4
    [change] = result["fixes"][0]["artifactChanges"]
    [replacement] = change["replacements"]
    region = replacement["deletedRegion"]
    line = MARKDOWN.splitlines()[region["startLine"] - 1]
    assert region["startLine"] == region["endLine"]
    mended = (
        line[: region["startColumn"] - 1]
        + replacement["insertedContent"]["text"]
        + line[region["endColumn"] - 1 :]
    )
    assert mended == "The *text*: ports are parallel. More follows."
    assert OLD not in json.dumps(log)


def test_sarif_links_to_the_verdicts_of_a_site(results: Results) -> None:
    run = verdict_of(results, "imprecise")

    log = json.loads(sarif(run, the_claims(), [], "https://docs.example/lagg"))

    driver = log["runs"][0]["tool"]["driver"]
    assert driver["informationUri"] == "https://docs.example/lagg/"
    assert driver["rules"][0]["helpUri"] == "https://docs.example/lagg/verdicts.html#c-01"


def test_sarif_without_a_copy_names_the_section(results: Results) -> None:
    log = json.loads(sarif(verdict_of(results, "imprecise"), the_claims()))

    [result] = log["runs"][0]["results"]
    assert result["level"] == "warning"
    assert result["locations"][0]["logicalLocations"][0]["name"] == "A heading"


def test_sarif_is_silent_about_what_is_right(results: Results) -> None:
    log = json.loads(sarif(verdict_of(results, "confirmed"), the_claims()))

    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"keyword": "Given", "table": (("a", "b"), ("c",))},
        {"docstring": "x", "text": "y\nFeature:"},
    ],
)
def test_results_that_are_no_feature_file_are_named(
    results: Results, changed: dict[str, Any]
) -> None:
    [feature, *_] = results.features
    step = dataclasses.replace(feature.scenarios[0].steps[0], **changed)
    scenario = dataclasses.replace(feature.scenarios[0], steps=(step,))
    one = dataclasses.replace(feature, scenarios=(scenario,))

    with pytest.raises(UsageError, match=rf"{feature.path}: what these results say of it"):
        messages(dataclasses.replace(results, features=(one,)), {})


def test_a_run_may_last_longer_than_a_calendar(results: Results) -> None:
    late = dataclasses.replace(results, started="9999-12-31T23:59:59Z")

    times = [
        one["testStepFinished"]["timestamp"] for one in envelopes(late) if "testStepFinished" in one
    ]

    assert {time["seconds"] for time in times} <= {253402300799}
    assert times
