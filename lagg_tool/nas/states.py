"""The confirmed commit as a table: what is known of a change, and what may follow."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ChangeState(enum.Enum):
    """What the client knows of its change."""

    DRAFT = "nothing was touched"
    ARMED = "the guard is alive and will revert"
    APPLYING = "the change is being made, detached from any session"
    PROBING = "the change is made; a fresh connection looks at it"
    CONFIRMED = "the new configuration holds, now and at the next boot"
    NOT_PERSISTED = "the new configuration holds until the next boot, which brings the old one"
    REVERTED = "the old configuration holds, now and at the next boot"
    UNKNOWN = "it is not known yet which configuration holds"


class Event(enum.Enum):
    """What the client learns."""

    GUARD_ALIVE = "the guard is armed and alive"
    STARTED = "the change has begun"
    APPLIED = "every command of the change succeeded"
    KEPT = "the change was confirmed before the guard decided"
    NOT_PERSISTED = "the change was confirmed, and the boot configuration could not be replaced"
    UNDONE = "the guard or a client decided against the change"
    ABANDONED = "nothing had begun, and nothing will"
    SILENCE = "the host cannot be reached by the time that the guard decides"


# A state that is not named as a source is final; UNKNOWN is left by reading what was decided.
TRANSITIONS: dict[tuple[ChangeState, Event], ChangeState] = {
    (ChangeState.DRAFT, Event.GUARD_ALIVE): ChangeState.ARMED,
    (ChangeState.DRAFT, Event.ABANDONED): ChangeState.DRAFT,
    (ChangeState.DRAFT, Event.UNDONE): ChangeState.REVERTED,
    (ChangeState.DRAFT, Event.SILENCE): ChangeState.UNKNOWN,
    (ChangeState.ARMED, Event.STARTED): ChangeState.APPLYING,
    (ChangeState.ARMED, Event.ABANDONED): ChangeState.DRAFT,
    (ChangeState.ARMED, Event.UNDONE): ChangeState.REVERTED,
    (ChangeState.ARMED, Event.SILENCE): ChangeState.UNKNOWN,
    (ChangeState.APPLYING, Event.APPLIED): ChangeState.PROBING,
    (ChangeState.APPLYING, Event.UNDONE): ChangeState.REVERTED,
    (ChangeState.APPLYING, Event.SILENCE): ChangeState.UNKNOWN,
    (ChangeState.PROBING, Event.KEPT): ChangeState.CONFIRMED,
    (ChangeState.PROBING, Event.NOT_PERSISTED): ChangeState.NOT_PERSISTED,
    (ChangeState.PROBING, Event.UNDONE): ChangeState.REVERTED,
    (ChangeState.PROBING, Event.SILENCE): ChangeState.UNKNOWN,
    (ChangeState.UNKNOWN, Event.KEPT): ChangeState.CONFIRMED,
    (ChangeState.NOT_PERSISTED, Event.KEPT): ChangeState.CONFIRMED,  # confirmed once more
    (ChangeState.NOT_PERSISTED, Event.UNDONE): ChangeState.REVERTED,
    (ChangeState.UNKNOWN, Event.UNDONE): ChangeState.REVERTED,
    (ChangeState.CONFIRMED, Event.UNDONE): ChangeState.REVERTED,  # rolled back later
}


@dataclass
class Progress:
    """The state of one change."""

    state: ChangeState = ChangeState.DRAFT

    def advance(self, event: Event) -> None:
        """Go on by what was learnt. Raises KeyError for what cannot follow."""
        self.state = TRANSITIONS[self.state, event]
