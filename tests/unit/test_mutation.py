"""Which files a mutation run takes, and when it fails."""

import pytest

from tests.mutation import (
    Outcome,
    Rules,
    read_results,
    read_rules,
    tracked_files,
)
from tests.support.paths import ROOT

RULES = Rules({"lagg_tool/ssh/*": ("tests/unit/ssh",), "*/redaction*": ("tests/unit/r.py",)}, 50)


def outcome(**counts: int) -> Outcome:
    numbered = ((status, n) for status, count in counts.items() for n in range(count))
    return Outcome({f"{status}_{n}": status.replace("_", " ") for status, n in numbered})


def test_a_changed_file_comes_with_the_tests_that_belong_to_it() -> None:
    changed = ["lagg_tool/ssh/address.py", "lagg_tool/evidence/redaction.py"]

    subjects = RULES.subjects(changed)

    assert subjects == {
        "lagg_tool/evidence/redaction.py": ["tests/unit/r.py"],
        "lagg_tool/ssh/address.py": ["tests/unit/ssh"],
    }


@pytest.mark.parametrize("name", ["README.md", "lagg_tool/cli.py", "lagg_tool/ssh/guard.sh"])
def test_what_no_rule_names_and_what_is_not_python_is_left_out(name: str) -> None:
    assert RULES.subjects([name]) == {}


def test_every_rule_names_files_and_tests_that_there_are() -> None:
    rules = read_rules()
    files = tracked_files()

    assert rules.tests
    for glob, tests in rules.tests.items():
        assert Rules({glob: tests}, 0).subjects(files), f"{glob} names no file"
        for test in tests:
            assert (ROOT / test).exists(), f"{glob}: there is no {test}"


def test_the_status_of_every_mutant_is_read() -> None:
    text = "    a.x_f__mutmut_1: killed\n    a.x_f__mutmut_2: no tests\n\n"

    assert read_results(text).statuses == {
        "a.x_f__mutmut_1": "killed",
        "a.x_f__mutmut_2": "no tests",
    }


@pytest.mark.parametrize(
    ("found", "passes"),
    [
        (outcome(killed=20), True),
        (outcome(killed=10, survived=10), True),
        (outcome(killed=9, timeout=1, survived=10), True),
        (outcome(killed=9, survived=11), False),
        (outcome(killed=10, survived=10, no_tests=100), True),  # their share is of what was tried
        (outcome(killed=10, survived=10, not_checked=100), True),
        (outcome(survived=19), True),  # too few to measure
        (outcome(survived=20), False),
        (outcome(), True),
    ],
)
def test_a_run_fails_when_tests_notice_less_than_the_share(found: Outcome, passes: bool) -> None:
    assert found.passes(50) is passes


def test_an_outcome_is_summed_up_in_a_line() -> None:
    found = outcome(killed=3, survived=1, not_checked=2)

    assert str(found) == "6 mutants: 3 killed, 2 not checked, 1 survived; 75 % noticed"


def test_functions_that_no_test_calls_are_counted_by_themselves() -> None:
    found = Outcome(
        {f"a.x_f__mutmut_{n}": "no tests" for n in (1, 2)} | {"a.x_g__mutmut_1": "killed"}
    )

    assert found.uncalled == {"a.x_f": 2}
    assert found.unnoticed == []
