"""A run sends no command by itself that could have gone with another."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.paths import ROOT

FEW = (
    "features/core/naming.feature",
    "features/core/lacp/pdu.feature",
    "features/core/truenas/settings.feature",
)
# To make the NAS as it was: look at the middleware's database; destroy the LAGG and look; set
# the ports back and look.
RESTORING = {"sim:": 2, "sim:?os=truenas-13.3": 3}


def counted(target: str, *features: str) -> dict[str, Any]:
    words = [sys.executable, "-W", "ignore", "-m", "tests.support.round_trips", target, *features]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("target", RESTORING)
def test_what_need_not_be_apart_goes_together(target: str) -> None:
    found = counted(target, *FEW)

    assert found["asked again"] == []
    assert found["round trips"]["restoring"] <= RESTORING[target] * found["scenarios"]


@pytest.mark.slow
@pytest.mark.parametrize("target", RESTORING)
def test_nor_does_any_scenario_of_the_suite(target: str) -> None:
    found = counted(target)

    assert found["asked again"] == []
    assert found["round trips"]["restoring"] <= (RESTORING[target] + 0.2) * found["scenarios"]
