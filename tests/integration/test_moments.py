"""What befalls a NAS at any moment of a change: one configuration is left, and true words.

The NAS loses its power, reboots, stands still, or its cable is pulled. The usual run tries a
few moments, ``make chaos`` fifty and more of each change.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mishaps import MISHAPS
from tests.support.moments import CHANGES, Campaign

RELEASES = ["freebsd-13.2", "truenas-13.3"]


@pytest.fixture(scope="module", params=RELEASES)
def campaign(request: pytest.FixtureRequest) -> Iterator[Campaign]:
    with Campaign(request.param) as made:
        yield made


def attempts(campaign: Campaign, change: str, runs: int) -> list[str]:
    """Return what was wrong after so many mishaps, of each kind in turn."""
    first = list(CHANGES).index(change) * runs  # so that the few runs of all changes try all
    names = list(MISHAPS)
    return [
        line
        for run in range(first, first + runs)
        for line in campaign.attempt(change, names[run % len(names)], run)
    ]


@pytest.mark.parametrize("change", CHANGES)
def test_a_mishap_leaves_one_configuration_and_true_words(campaign: Campaign, change: str) -> None:
    assert attempts(campaign, change, 3) == []


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_mishap_at_fifty_moments_leaves_one_configuration(
    campaign: Campaign, change: str
) -> None:
    assert attempts(campaign, change, 54) == []
