"""What FreeBSD's LACP remembers, and the effects that its steps have.

A Port is lacp_port, an Aggregator lacp_aggregator, a System lacp_softc.

Orders matter: ``System.ports`` has the port added last in front (LIST_INSERT_HEAD in
lacp_port_create), ``System.aggregators`` the oldest in front, ``Aggregator.distributing``
the port that began last in front (lacp_enable_distributing).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition
from lagg_tool.wire.slow import NOBODY, Info, State

TICK = 1.0  # seconds; lacp_tick
FAST_PERIODIC_TIME = 1  # ticks; 802.1AX 6.4.4
SLOW_PERIODIC_TIME = 30
SHORT_TIMEOUT_TIME = 3 * FAST_PERIODIC_TIME
LONG_TIMEOUT_TIME = 3 * SLOW_PERIODIC_TIME
AGGREGATE_WAIT_TIME = 2
TRANSIT_DELAY = 3.0  # seconds that a marker flush may take (LACP_TRANSIT_DELAY)
PDUS_PER_WINDOW = 3  # 6.4.16: three in a Fast_Periodic_Time
MAX_PORTS = 32
SYSTEM_PRIORITY = 0x8000
PORT_PRIORITY = 0x8000

# The values assumed of an absent partner (lacp_partner_admin_strict and …_optimistic).
_ADMIN = NOBODY._replace(system_priority=0xFFFF, port_priority=0xFFFF)
PARTNER_ADMIN_STRICT = _ADMIN
PARTNER_ADMIN_OPTIMISTIC = _ADMIN._replace(
    state=State.SYNC | State.AGGREGATION | State.COLLECTING | State.DISTRIBUTING
)

# Bits 0 to 4 of a key tell the speed as a media subtype of if_media.h (lacp_compose_key);
# speeds in Mbit/s.
_KEY_OF_SPEED = {10: 3, 100: 6, 1000: 11, 10_000: 18, 40_000: 27}
_KEY_LAGG_BITS = 0x7FE0
_KEY_INDIVIDUAL = 0x8000


class Timer(enum.IntEnum):
    """A port's timers in the order in which lacp_run_timers looks at them."""

    CURRENT_WHILE = 0
    PERIODIC = 1
    WAIT_WHILE = 2


class ReceiveState(enum.Enum):
    """What a port knows of its partner (6.4.12)."""

    INITIALIZE = "INITIALIZE"
    PORT_DISABLED = "PORT_DISABLED"
    EXPIRED = "EXPIRED"
    DEFAULTED = "DEFAULTED"
    CURRENT = "CURRENT"


class PeriodicState(enum.Enum):
    """When a port sends unasked (6.4.13)."""

    NO_PERIODIC = "NO_PERIODIC"
    FAST_PERIODIC = "FAST_PERIODIC"
    SLOW_PERIODIC = "SLOW_PERIODIC"
    PERIODIC_TX = "PERIODIC_TX"


class Selected(enum.Enum):
    """Whether a port has an aggregator that fits (6.4.14); STANDBY is never used."""

    UNSELECTED = "UNSELECTED"
    SELECTED = "SELECTED"


class MuxState(enum.Enum):
    """How far a port is into its aggregator (6.4.15, independent control)."""

    DETACHED = "DETACHED"
    WAITING = "WAITING"
    ATTACHED = "ATTACHED"
    COLLECTING = "COLLECTING"
    DISTRIBUTING = "DISTRIBUTING"


class TransmitState(enum.Enum):
    """Whether a LACPDU is to be sent (6.4.16: the variable NTT)."""

    IDLE = "IDLE"
    NEED_TO_TRANSMIT = "NEED_TO_TRANSMIT"


class MarkerState(enum.Enum):
    """Whether data may be sent (6.5: the generator waits for the queues to empty)."""

    OPEN = "OPEN"
    FLUSHING = "FLUSHING"


class ResponderState(enum.Enum):
    """The marker responder has one state (6.5.4.2)."""

    WAIT_FOR_MARKER = "WAIT_FOR_MARKER"


@dataclass(frozen=True, slots=True)
class Send:
    """A frame leaves through the port with this number."""

    port: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class LinkState:
    """The lagg's link state is set: up iff ``active_ports`` of the touched aggregator.

    It follows whichever aggregator changed last (B-05).
    """

    active_ports: int

    @property
    def up(self) -> bool:
        """Whether the link is up."""
        return self.active_ports > 0


@dataclass(frozen=True, slots=True)
class Log:
    """A line for the console."""

    text: str


@dataclass(frozen=True, slots=True)
class Flapped:
    """The lagg's count of flaps goes up: a partner made a port stop distributing (B-22)."""


Effect = Send | LinkState | Log | Flapped


@dataclass(frozen=True, slots=True)
class Link:
    """What a port's media say: speed in Mbit/s; ``ethernet`` false for other media."""

    up: bool
    speed: int = 10_000
    full_duplex: bool = True
    ethernet: bool = True

    @property
    def aggregatable(self) -> bool:
        """Whether lacp_linkstate enables LACP on it."""
        return self.up and self.full_duplex and self.ethernet


@dataclass(eq=False, slots=True)
class Aggregator:
    """Ports with the same system and key at both ends; ``references`` counts all of them."""

    actor: Info
    partner: Info
    references: int = 0
    pending: int = 0
    distributing: list[Port] = field(default_factory=list)

    @property
    def bandwidth(self) -> int:
        """Mbit/s of the ports that distribute (lacp_aggregator_bandwidth)."""
        if not self.distributing:
            return 0
        return self.distributing[0].link.speed * len(self.distributing)


@dataclass(eq=False, slots=True)
class Port:
    """One port: ``number`` is its if_index, ``unit`` its driver's unit, ``source`` its MAC.

    ``source`` and ``system`` stay what they were when the port was added (B-08).
    """

    number: int
    name: str
    unit: int
    source: bytes
    system: bytes
    link: Link
    key: int = 0
    state: State = State.ACTIVITY
    partner: Info = NOBODY
    selected: Selected = Selected.UNSELECTED
    aggregator: Aggregator | None = None
    receive: ReceiveState = ReceiveState.INITIALIZE
    periodic: PeriodicState = PeriodicState.NO_PERIODIC
    mux: MuxState = MuxState.DETACHED
    transmit: TransmitState = TransmitState.IDLE
    timers: list[int] = field(default_factory=lambda: [0] * len(Timer))
    last_received: float = -math.inf
    window_began: float = -math.inf
    sent_in_window: int = 0
    transaction: int = 0
    awaits_marker: bool = False

    @property
    def actor(self) -> Info:
        """The port's own side of a LACPDU (actor)."""
        return Info(SYSTEM_PRIORITY, self.system, self.key, PORT_PRIORITY, self.number, self.state)

    @property
    def enabled(self) -> bool:
        """Whether LACP runs here: a full duplex Ethernet link is up."""
        return State.AGGREGATION in self.state

    def compose_key(self, lagg_index: int) -> None:
        """Set the key from the link's speed and the lagg's index (lacp_compose_key)."""
        if self.enabled:
            speed = _KEY_OF_SPEED.get(self.link.speed, 0)
            self.key = speed | (_KEY_LAGG_BITS & lagg_index << 5)
        else:
            self.key = _KEY_INDIVIDUAL | self.number


AnyMachine = Machine[Any, Any]
AnyTransition = Transition[Any, Any]


@dataclass
class Machines:
    """The tables that a System runs; a fault replaces one of them."""

    receive: AnyMachine
    periodic: AnyMachine
    selection: AnyMachine
    mux: AnyMachine
    transmit: AnyMachine
    marker: AnyMachine
    responder: AnyMachine


@dataclass(eq=False)
class System:
    """Everything of one lagg; ``accepts(port number)`` asks whether its driver takes a frame.

    A driver that refuses (em without carrier says ENETDOWN) is not waited for by a marker
    flush; one that queues (vtnet) is (B-25).
    """

    machines: Machines
    lagg_index: int
    strict: bool
    accepts: Callable[[int], bool]
    ports: list[Port] = field(default_factory=list)
    aggregators: list[Aggregator] = field(default_factory=list)
    active: Aggregator | None = None
    port_map: tuple[Port, ...] = ()
    marker: MarkerState = MarkerState.OPEN
    marker_deadline: float | None = None
    tick_deadline: float | None = None
    drop_sent: bool = False
    drop_received: bool = False
    now: float = 0.0
    effects: list[Effect] = field(default_factory=list)

    @property
    def partner_admin(self) -> Info:
        """The values assumed of an absent partner."""
        return PARTNER_ADMIN_STRICT if self.strict else PARTNER_ADMIN_OPTIMISTIC

    def enqueue(self, port: Port, frame: bytes) -> bool:
        """Hand a frame to the port's driver; False where it refuses (lagg_enqueue)."""
        if not self.accepts(port.number):
            return False
        self.effects.append(Send(port.number, frame))
        return True
