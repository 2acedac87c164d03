"""The receive machine: timeouts, and what it takes for a partner."""

from lagg_tool.wire.slow import NOBODY, Lacpdu, State
from tests.support.lacp_rig import FULL, PARTNER, UP, Lag, Partner


def test_slow_timeouts_expire_after_ninety_one_seconds_and_default_after_three_more(
    lag: Lag,
) -> None:
    for partner in lag.partners.values():
        partner.answers = False
    last = max(at for at, _ in lag.pdus(1))

    lag.run(90 - (lag.now - last))
    before = lag.state(1)
    lag.run(2)
    expired = lag.state(1)
    lag.run(3)

    assert before == FULL
    assert expired == State.ACTIVITY | State.AGGREGATION | State.SYNC | State.EXPIRED
    assert lag.state(1) == State.ACTIVITY | State.AGGREGATION | State.DEFAULTED


def test_our_own_system_is_not_a_partner(lag: Lag) -> None:
    before = lag.machine.port(1).partner

    loop = Lacpdu(lag.machine.port(2).actor, NOBODY).encode(PARTNER)
    effects = lag.machine.receive(1, loop, lag.now)

    assert effects == []
    assert lag.machine.port(1).partner == before


def test_a_port_that_comes_after_the_fast_timeout_has_none_as_b11_has_it(lag: Lag) -> None:
    lag.machine.set_fast_timeout(fast=True)

    lag.partners[3] = Partner()
    lag.add(3, UP)

    assert State.TIMEOUT in lag.state(1)
    assert State.TIMEOUT not in lag.state(3)
