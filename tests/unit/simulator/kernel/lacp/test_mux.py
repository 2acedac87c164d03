"""The mux machine: what collects and distributes."""

import pytest

from lagg_tool.simulator.kernel.lacp import mux
from lagg_tool.simulator.kernel.lacp.model import Log, MuxState
from lagg_tool.wire.slow import State
from tests.support.lacp_rig import DOWN, FULL, Lag


def test_a_lost_link_counts_no_flap_and_a_partner_that_stops_collecting_counts_one(
    lag: Lag,
) -> None:
    lag.effects.clear()

    lag.link(1, DOWN)
    lag.tell(2, state=FULL & ~State.COLLECTING)
    lag.run(1)

    assert [effect for effect in lag.effects if isinstance(effect, Log)] == [
        Log("vtnet2: Interface stopped DISTRIBUTING, possible flapping")
    ]


@pytest.mark.parametrize(
    ("strict", "mirror", "state", "reached"),
    [
        (True, True, State(0x05), MuxState.COLLECTING),  # L-20, V-01
        (True, False, State(0x05), MuxState.COLLECTING),  # L-21, V-02, V-03
        (True, False, FULL, MuxState.DISTRIBUTING),  # L-22
        (False, True, State(0x05), MuxState.ATTACHED),  # L-23
        (False, False, State(0x05), MuxState.ATTACHED),
        (False, False, FULL, MuxState.DISTRIBUTING),
    ],
)
def test_strict_mode_takes_the_partner_for_in_sync(
    strict: bool,
    mirror: bool,
    state: State,
    reached: MuxState,
) -> None:
    lag = Lag(1, strict=strict)
    lag.partners[1].mirror = mirror
    lag.partners[1].info = lag.partners[1].info._replace(state=state)

    lag.begin()
    lag.run(12)

    assert lag.machine.port(1).mux is reached


def test_a_machine_with_one_entry_changed_behaves_otherwise() -> None:
    collecting, event = MuxState.COLLECTING, mux.MuxEvent.PARTNER_COLLECTING
    lag = Lag(1)
    lag.machine.system.machines.mux = mux.MACHINE.without(collecting, event)
    lag.begin()

    lag.run(20)

    assert lag.machine.port(1).mux is MuxState.COLLECTING
    assert (
        mux.MACHINE.altered(collecting, event, target=collecting).step(
            collecting, mux.MuxEvent.LINK_LOST, lag.machine.system, lag.machine.port(1)
        )
        is MuxState.DETACHED
    )
