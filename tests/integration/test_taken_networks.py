"""A network that scenarios use and the NAS has of its own: nothing is found about a LAGG then."""

from __future__ import annotations

import pytest

from lagg_tool.command import script
from lagg_tool.evidence import Results, Status
from lagg_tool.suite import restoring
from lagg_tool.target import open_target
from steps import bond_steps, configuration_steps, truenas_steps
from steps.world import World
from tests.support.nas_process import Nas

SETTINGS = "features/core/truenas/settings.feature"
USING = f"{SETTINGS}::The middleware accepts IPv4 and IPv6 addresses with prefixes beyond 32"
OTHER = f"{SETTINGS}::The description reaches the kernel"
OWN = (
    "midclt call interface.update vtnet3"
    ' \'{"aliases": [{"type": "INET", "address": "198.51.100.9", "netmask": 25}]}\';'
    " midclt call interface.commit '{\"rollback\": false}'"
)


def test_a_scenario_whose_network_the_nas_has_is_skipped(truenas: Nas) -> None:
    truenas.say(OWN)

    running = truenas.start(
        *("accept", "--ports", "vtnet1,vtnet2", "--results", str(truenas.directory / "taken.json")),
        *("-v", USING, OTHER),
    )
    _, said = running.communicate()

    assert running.returncode == 0, said
    results = Results.read(truenas.directory / "taken.json")
    found = {s.id: s for feature in results.features for s in feature.scenarios}
    assert found[USING].status is Status.SKIPPED
    assert found[USING].reason == (
        "the NAS has 198.51.100.0/25 on vtnet3 of its own, which the scenario uses"
    )
    assert found[OTHER].status is Status.PASSED
    assert not [verdict for verdict in results.verdicts if verdict.verdict == "changed"]


def test_a_request_that_was_refused_is_not_committed() -> None:
    with open_target("sim:?os=truenas-13.3") as target:
        target.run(script(OWN))
        world = World(target, {})

        answer = truenas_steps.asked_for_lagg(world, [["aliases", "198.51.100.7/25"]])

        with pytest.raises(AssertionError, match=r"nothing to commit.* is already in use"):
            truenas_steps.committed(world)
        with pytest.raises(AssertionError, match=r"nothing to commit.* is already in use"):
            truenas_steps.committed_for_good(world)
        truenas_steps.refuses_field(
            world,
            answer,
            "interface_create.aliases.0",
            "The network 198.51.100.0/25 is already in use by another interface.",
        )
        assert truenas_steps.committed(world).status == 0  # what a step has expected is no error


@pytest.mark.parametrize(
    ("system", "step", "words"),
    [
        ("freebsd-13.2", configuration_steps.lagg, ("lagg0", "failover", "ports 1 and 2")),
        ("freebsd-13.2", bond_steps.bond, ("bond0", "mode active-backup", "ports 1 and 2")),
    ],
)
def test_the_address_that_a_step_gives_is_not_given_twice(
    system: str, step: object, words: tuple[str, ...]
) -> None:
    with open_target(f"sim:?os={system}") as target:
        target.run(script("ifconfig vtnet3 inet 192.0.2.77/24 up"))
        world = World(target, {}, restoring.take(target).networks)

        with pytest.raises(pytest.skip.Exception, match=r"192\.0\.2\.0/24 on vtnet3 of its own"):
            step(world, *words)  # type: ignore[operator]
