"""What befalls a NAS at any moment of a change: one configuration is left, and true words.

The NAS loses its power, reboots, stands still, or its cable is pulled. The usual run tries a
few moments, ``make chaos`` fifty and more of each change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from tests.support.mishaps import MISHAPS
from tests.support.moments import CHANGES, FOREIGN, Campaign
from tests.support.paths import ROOT

RELEASES = ["freebsd-13.2", "truenas-13.3"]


@pytest.mark.parametrize("system", FOREIGN)
def test_no_scenario_uses_a_network_of_others(system: str) -> None:
    """A TrueNAS refuses a network that another interface has: a scenario fails for it."""
    addresses = re.findall(r"\d+\.\d+\.\d+\.\d+", FOREIGN[system])
    assert addresses
    others = [ip_network(f"{address}/24", strict=False) for address in addresses]
    features = "".join(path.read_text("utf-8") for path in ROOT.glob("features/core/**/*.feature"))
    used = {ip_network(found) for found in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", features)}
    assert used
    assert [each for each in used if any(each.overlaps(other) for other in others)] == []


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
