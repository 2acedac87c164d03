"""The periodic transmission machine (802.1AX 6.4.13; lacp_sm_ptx_*).

The timer is armed at the end of a tick where none runs, by the partner's TIMEOUT bit of
that moment. Entering EXPIRED sets that bit and leaves a running slow timer alone (V-05).
PERIODIC_TX means that no timer runs, until the next tick.
"""

from __future__ import annotations

import enum

from lagg_tool.simulator.kernel.lacp.model import (
    FAST_PERIODIC_TIME,
    SLOW_PERIODIC_TIME,
    PeriodicState,
    Port,
    System,
    Timer,
)
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing
from lagg_tool.simulator.kernel.lacp.transmit import assert_ntt
from lagg_tool.wire.slow import State


class PeriodicEvent(enum.Enum):
    """What bears on the periodic timer."""

    BOTH_PASSIVE = "tick, nobody active"
    SHORT = "tick, partner's timeout short"
    LONG = "tick, partner's timeout long"
    EXPIRY = "periodic timer expires"
    SHORTENED = "partner's timeout shortened"
    LENGTHENED = "partner's timeout lengthened"


def start_fast(_system: System, port: Port) -> None:
    """Send again in a second."""
    port.timers[Timer.PERIODIC] = FAST_PERIODIC_TIME


def start_slow(_system: System, port: Port) -> None:
    """Send again in thirty seconds."""
    port.timers[Timer.PERIODIC] = SLOW_PERIODIC_TIME


def stop(_system: System, port: Port) -> None:
    """Let no periodic timer run."""
    port.timers[Timer.PERIODIC] = 0


def stop_and_send(system: System, port: Port) -> None:
    """Let no periodic timer run, and send soon."""
    stop(system, port)
    assert_ntt(system, port)


_CLAUSE = "802.1AX-2014 6.4.13"
_NO, _FAST = PeriodicState.NO_PERIODIC, PeriodicState.FAST_PERIODIC
_SLOW, _TX = PeriodicState.SLOW_PERIODIC, PeriodicState.PERIODIC_TX
_EVENT = PeriodicEvent
_SCHEDULE, _UPDATE = "lacp_sm_ptx_tx_schedule", "lacp_sm_ptx_update_timeout"

MACHINE = Machine(
    "Periodic transmission",
    tuple(PeriodicState),
    (
        *(
            Transition(state, _EVENT.SHORT, _FAST, start_fast, _CLAUSE, _SCHEDULE)
            for state in (_NO, _TX)
        ),
        *(
            Transition(state, _EVENT.LONG, _SLOW, start_slow, _CLAUSE, _SCHEDULE)
            for state in (_NO, _TX)
        ),
        *(
            Transition(state, _EVENT.BOTH_PASSIVE, _NO, stop, _CLAUSE, _SCHEDULE)
            for state in (_FAST, _SLOW, _TX)
        ),
        *(
            Transition(state, _EVENT.EXPIRY, _TX, assert_ntt, _CLAUSE, "lacp_sm_ptx_timer")
            for state in (_FAST, _SLOW)
        ),
        *(
            Transition(state, _EVENT.SHORTENED, _TX, stop_and_send, _CLAUSE, _UPDATE)
            for state in PeriodicState
        ),
        *(
            Transition(state, _EVENT.LENGTHENED, _TX, stop, _CLAUSE, _UPDATE)
            for state in (_FAST, _SLOW)
        ),
        *(
            Transition(state, _EVENT.LENGTHENED, _TX, nothing, _CLAUSE, _UPDATE)
            for state in (_NO, _TX)
        ),
    ),
)


def _step(system: System, port: Port, event: PeriodicEvent) -> None:
    port.periodic = system.machines.periodic.step(port.periodic, event, system, port)


def schedule(system: System, port: Port) -> None:
    """Arm the timer at the end of a tick, where none runs (lacp_sm_ptx_tx_schedule)."""
    if not (port.state | port.partner.state) & State.ACTIVITY:
        _step(system, port, PeriodicEvent.BOTH_PASSIVE)
    elif port.partner.state & State.TIMEOUT:
        _step(system, port, PeriodicEvent.SHORT)
    else:
        _step(system, port, PeriodicEvent.LONG)


def expire(system: System, port: Port) -> None:
    """Take note that the timer ran out (lacp_sm_ptx_timer)."""
    _step(system, port, PeriodicEvent.EXPIRY)


def partner_recorded(system: System, port: Port, before: State) -> None:
    """Compare the partner's timeout with that ``before`` (lacp_sm_ptx_update_timeout)."""
    if (before ^ port.partner.state) & State.TIMEOUT:
        shortened = bool(port.partner.state & State.TIMEOUT)
        event = PeriodicEvent.SHORTENED if shortened else PeriodicEvent.LENGTHENED
        _step(system, port, event)
