"""The fixtures of the suite: the target for the run, and a clean NAS for every scenario."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lagg_tool.acceptance import exit_code
from lagg_tool.errors import LaggToolError, UsageError
from lagg_tool.target import open_target
from steps import restoring
from steps.contract import Target
from steps.options import target_options
from steps.world import World


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Open the target; without it there is nothing to run."""
    url = request.config.getoption("target")
    if hasattr(request.config, "workerinput") and not url.startswith("sim:"):
        pytest.exit(f"{url} is one NAS: run it without -n", returncode=exit_code(UsageError()))
    try:
        opened = open_target(url, target_options(request.config))
    except LaggToolError as error:
        pytest.exit(str(error), returncode=exit_code(error))
    with opened:
        yield opened


@pytest.fixture(scope="session")
def untouched(target: Target) -> restoring.Snapshot:
    """Remember the NAS as it is before the first scenario."""
    return restoring.take(target)


@pytest.fixture(scope="session")
def stored(target: Target) -> restoring.Rows | None:
    """Remember what TrueNAS's middleware has before the first scenario."""
    return restoring.take_rows(target)


@pytest.fixture
def world(
    target: Target, untouched: restoring.Snapshot, stored: restoring.Rows | None
) -> Iterator[World]:
    """Give a scenario the NAS, and leave it as it was."""
    if "lagg0" in untouched.listing.names:
        pytest.skip("the NAS has a lagg0 of its own, which is not touched")
    if stored is not None and stored.pending:
        pytest.skip("somebody's network changes are pending on the NAS")
    ports = ((number, untouched.listing.get(name)) for number, name in enumerate(target.ports, 1))
    own = {port.ether: number for number, port in ports if port is not None and port.ether}
    target.journal.take()  # what looking and restoring left is no scenario's evidence
    made = World(target, own)
    yield made
    if made.afterwards:
        target.run_batch(made.afterwards)
    restoring.restore_rows(target, stored)
    restoring.restore(target, untouched)
