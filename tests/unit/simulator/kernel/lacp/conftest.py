"""The machines with two partners that answer, after they had time to agree."""

import pytest

from tests.support.lacp_rig import Lag


@pytest.fixture
def lag() -> Lag:
    lag = Lag()
    lag.begin()
    lag.run(15)
    return lag
