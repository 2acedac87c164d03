"""The plugin, run by a pytest of its own over features and steps made here."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.evidence import Results, ScenarioResult, Status
from tests.support.paths import ROOT
from tests.unit.evidence.test_redaction import SECRETS

STEPS = '''
import pathlib
import types

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.clock import VirtualClock
from lagg_tool.evidence import CommandEvent, Journal, Provenance, TargetResult, WaitEvent


class Target:
    """A host whose every answer is the words it was given."""

    def __init__(self):
        self.clock = VirtualClock()
        self.journal = Journal()
        self.simulated = None
        self.connection = types.SimpleNamespace(
            run=lambda command: None, longest_silence=lambda since: 0.0
        )
        self.result = TargetResult("t", "t:", Provenance.SIMULATED, "none", "none", "none")

    def run(self, words):
        self.clock.sleep(2)
        self.journal.emit(CommandEvent(self.clock.now(), words, 0, words, "", 2.0))
        return words


@pytest.fixture(scope="session")
def target():
    return Target()


@given("nothing")
def nothing():
    pass


@when(parsers.parse("the host says {words}"), target_fixture="answer")
def says(target, words):
    return target.run(words)


@then(parsers.parse("the answer is {words}"))
def answers(answer, words):
    assert answer == words


@then("this host cannot show it")
def cannot():
    pytest.skip("it has one port only")


@when("it waits")
def waits(target):
    target.journal.emit(WaitEvent(target.clock.now(), 1.0, "for nothing"))


@when("the cleaner is told to fail")
def told(request):
    def fail():
        raise OSError("no broom")
    request.addfinalizer(fail)


@when(parsers.parse("the host tells {number:d}"), target_fixture="answer")
def tells(target, number):
    words = pathlib.Path(f"{number}.txt").read_text()
    target.journal.emit(CommandEvent(target.clock.now(), "dmesg", 0, words, "", 1.0))
    print(words)
    return words


@then("it told nothing")
def told_nothing(answer):
    assert [answer] == [], answer


@then("the table holds")
def holds(target, datatable, docstring):
    target.run(f"{datatable} {docstring}")
'''

FEATURE = """@answers
Feature: Answers

  Background:
    Given nothing

  Rule: One
    @confirms.C-01
    Scenario: It answers
      When the host says yes
      Then the answer is yes

  Rule: Two
    @contradicts.C-02
    Scenario: It answers
      When the host says no
      Then the answer is no

  Rule: Others
    Scenario Outline: It says <word>
      When the host says <word>
      Then the answer is <answer>
      And the answer is <answer>

      Examples:
        | word | answer |
        | a    | a      |
        | b    | c      |

    @refines.C-03
    Scenario: It cannot show it
      When the host says yes
      Then this host cannot show it
      And the answer is yes

    Scenario: It has no such step
      When the host says yes
      Then nobody wrote this
      And the answer is yes

    Scenario: It shows nothing
      When it waits

    @slow
    Scenario: It leaves a mess
      When the host says yes
      And the cleaner is told to fail

    Scenario: It keeps a table
      Then the table holds
        | a | b |
        | 1 | 2 |
      And the table holds
        \"\"\"
        words
        \"\"\"
"""

CLAIM = """[[claim]]
id = "C-0{0}"
paraphrase = "Words."
level = "host"
expected = "confirmed"
why = "Because."
source = [{{ page = "lagg(4)", section = "A" }}]
"""


def make_suite(directory: Path, feature: str = FEATURE, steps: str = STEPS) -> Path:
    """Write features, claims and steps that know nothing of a NAS."""
    features = directory / "features"
    features.mkdir()
    (features / "answers.feature").write_text(feature, encoding="utf-8")
    (features / "article.toml").write_text("\n".join(map(CLAIM.format, (1, 2, 3))))
    (directory / "conftest.py").write_text(steps)
    (directory / "pytest.toml").write_text("[pytest]\nminversion = '9.0'\n")
    return directory


def pytest_of(suite: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugin in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "lagg_tool.suite.plugin",
        "--strict-markers",
        *options,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        command, cwd=suite, env=environment, capture_output=True, text=True, check=False
    )


def run(suite: Path, *options: str) -> Results:
    """Run the suite and read what it leaves."""
    pytest_of(suite, "--results", "results.json", *(options or ("features",)))
    return Results.read(suite / "results.json")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(make_suite(tmp_path_factory.mktemp("whole")))


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return make_suite(tmp_path)


def scenarios(results: Results) -> dict[str, ScenarioResult]:
    prefix = "features/answers.feature::"
    [feature] = results.features
    return {scenario.id.removeprefix(prefix): scenario for scenario in feature.scenarios}


def timeless(results: Results) -> object:
    text = re.sub(r'"(seconds|at|started|command)": [^,\n]+', r'"\1": 0', results.to_json())
    return json.loads(text)


STATUSES = {
    "One: It answers": Status.PASSED,
    "Two: It answers": Status.PASSED,
    "It says a[a, a]": Status.PASSED,
    "It says b[b, c]": Status.FAILED,
    "It cannot show it": Status.SKIPPED,
    "It has no such step": Status.UNDEFINED,
    "It shows nothing": Status.FAILED,
    "It leaves a mess": Status.BROKEN,
    "It keeps a table": Status.BROKEN,
}


def test_every_scenario_ends_with_its_true_status_and_reason(whole: Results) -> None:
    found = scenarios(whole)

    assert {name: scenario.status for name, scenario in found.items()} == STATUSES
    assert "assert 'b' == 'c'" in found["It says b[b, c]"].reason
    assert found["It cannot show it"].reason == "it has one port only"
    assert "nobody wrote this" in found["It has no such step"].reason
    assert "no step of it left evidence" in found["It shows nothing"].reason
    assert found["It leaves a mess"].reason == "its clean-up failed: no broom"


def test_every_step_has_its_status_and_its_evidence(whole: Results) -> None:
    found = scenarios(whole)

    steps = found["It says b[b, c]"].steps
    assert [step.status.value for step in steps] == ["passed", "passed", "failed", "skipped"]
    assert [len(step.evidence) for step in steps] == [0, 1, 0, 0]
    undefined = found["It has no such step"].steps
    assert [step.status.value for step in undefined] == ["passed", "passed", "undefined", "skipped"]
    skipped = found["It cannot show it"].steps
    assert [step.status.value for step in skipped] == ["passed", "passed", "skipped", "skipped"]
    assert found["One: It answers"].protocol_seconds == 2.0
    assert found["It keeps a table"].steps[1].table == (("a", "b"), ("1", "2"))


def test_xdist_changes_nothing_in_the_results(suite: Path, whole: Results) -> None:
    spread = run(suite, "-n2", "features")

    assert timeless(spread) == timeless(whole)


def test_tags_select_and_the_rest_is_not_run(suite: Path) -> None:
    found = scenarios(run(suite, "--tags=@answers and (@confirms.C-01 or @slow)", "features"))

    ran = {name for name, scenario in found.items() if scenario.status is not Status.NOT_RUN}
    assert ran == {"One: It answers", "It leaves a mess"}
    assert set(found) == set(STATUSES)


def test_one_scenario_is_selected_by_its_identifier(suite: Path) -> None:
    found = scenarios(run(suite, "features/answers.feature::It says b[b, c]"))

    ran = {name for name, scenario in found.items() if scenario.status is not Status.NOT_RUN}
    assert ran == {"It says b[b, c]"}


def test_claims_get_their_verdicts_from_the_scenarios(whole: Results) -> None:
    verdicts = {verdict.claim: verdict.verdict for verdict in whole.verdicts}

    assert verdicts == {"C-01": "confirmed", "C-02": "contradicted", "C-03": "not covered"}
    assert whole.verdicts[0].scenarios == ("features/answers.feature::One: It answers",)


def test_a_step_that_asserts_the_opposite_turns_its_scenarios_red(
    tmp_path: Path, whole: Results
) -> None:
    steps = STEPS.replace("assert answer == words", "assert answer != words")
    before = scenarios(whole)

    found = scenarios(run(make_suite(tmp_path, steps=steps)))

    passed = {name for name, scenario in before.items() if scenario.status is Status.PASSED}
    red = {name for name in passed if found[name].status is Status.FAILED}
    assert red == {"One: It answers", "Two: It answers", "It says a[a, a]"}


@pytest.mark.parametrize(
    "options", [(), ("-p", "lagg_tool.suite.progress")], ids=["pytest", "accept"]
)
def test_what_the_host_tells_of_itself_stays_out_of_logs_and_results(
    suite: Path, options: tuple[str, ...]
) -> None:
    rows = []
    for number, (_, text) in enumerate(SECRETS.values()):
        (suite / f"{number}.txt").write_text(f"first\n{text}\nlast", encoding="utf-8")
        rows.append(f"      | {number} |\n")
    (suite / "features" / "secrets.feature").write_text(
        "Feature: Secrets\n\n  Scenario Outline: It tells <number>\n"
        "    When the host tells <number>\n    Then it told nothing\n\n"
        f"    Examples:\n      | number |\n{''.join(rows)}",
        encoding="utf-8",
    )

    written = ["--junitxml=run.xml", "--results=results.json"]
    done = pytest_of(suite, "features/secrets.feature", "-rA", "-vv", *written, *options)

    logs = done.stdout + done.stderr + (suite / "run.xml").read_text(encoding="utf-8")
    results = (suite / "results.json").read_text(encoding="utf-8")
    assert done.returncode == 1
    for text in (logs, results):
        assert text.count("last") > 2 * len(SECRETS)
        found = [kind for kind, (secret, _) in SECRETS.items() if secret.lower() in text.lower()]
        assert found == []
