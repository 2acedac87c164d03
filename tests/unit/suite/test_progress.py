from collections import Counter

import pytest

from lagg_tool.evidence import Status
from lagg_tool.suite.progress import BAR_WIDTH, bar, feature_line

PASSED, FAILED, SKIPPED = Status.PASSED, Status.FAILED, Status.SKIPPED


@pytest.mark.parametrize(
    "counts",
    [{PASSED: 1}, {PASSED: 7, SKIPPED: 3}, {PASSED: 500, FAILED: 1, SKIPPED: 1}, {SKIPPED: 19}],
)
def test_a_bar_is_as_wide_as_any_other_and_shows_every_kind(counts: dict[Status, int]) -> None:
    drawn = bar(Counter(counts))

    assert len(drawn) == BAR_WIDTH
    assert ("✗" in drawn, "█" in drawn, "·" in drawn) == (
        FAILED in counts,
        PASSED in counts,
        SKIPPED in counts,
    )


def test_half_of_a_feature_is_half_of_its_bar() -> None:
    assert bar(Counter({PASSED: 3, FAILED: 3})) == "✗" * 10 + "█" * 10


def test_the_line_of_a_feature_has_words_beside_the_signs() -> None:
    line = feature_line("features/lacp.feature", Counter({PASSED: 9, SKIPPED: 1}))

    assert line.startswith("features/lacp.feature ")
    assert line.endswith("·· 9 passed, 1 skipped")
