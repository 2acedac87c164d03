"""The confirmed commit as a table: what is known of a change, and what may follow."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class State(enum.Enum):
    """What the client knows of its change."""

    DRAFT = "nothing was touched"
    ARMED = "the guard is alive and will revert"
    APPLYING = "the change is being made, detached from any session"
    PROBING = "the change is made; a fresh connection looks at it"
    CONFIRMED = "the new configuration holds, at runtime and in rc.conf"
    UNSAVED = "the new configuration holds at runtime, and rc.conf has the old one"
    REVERTED = "the old configuration holds, at runtime and in rc.conf"
    UNKNOWN = "nobody knows yet which configuration holds"


class Event(enum.Enum):
    """What the client learns."""

    GUARD_ALIVE = "the guard is armed and alive"
    STARTED = "the change has begun"
    APPLIED = "every command of the change succeeded"
    KEPT = "the change was confirmed before the guard decided"
    NOT_PERSISTED = "the change was confirmed, and rc.conf could not be replaced"
    UNDONE = "the guard or a client decided against the change"
    ABANDONED = "nothing had begun, and nothing will"
    SILENCE = "the host cannot be reached by the time that the guard decides"


# ssh-and-commit.md section 4.1, step 6. A state that is not named as a source is final;
# UNKNOWN is left by reading what was decided.
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.DRAFT, Event.GUARD_ALIVE): State.ARMED,
    (State.DRAFT, Event.ABANDONED): State.DRAFT,
    (State.DRAFT, Event.UNDONE): State.REVERTED,
    (State.DRAFT, Event.SILENCE): State.UNKNOWN,
    (State.ARMED, Event.STARTED): State.APPLYING,
    (State.ARMED, Event.ABANDONED): State.DRAFT,
    (State.ARMED, Event.UNDONE): State.REVERTED,
    (State.ARMED, Event.SILENCE): State.UNKNOWN,
    (State.APPLYING, Event.APPLIED): State.PROBING,
    (State.APPLYING, Event.UNDONE): State.REVERTED,
    (State.APPLYING, Event.SILENCE): State.UNKNOWN,
    (State.PROBING, Event.KEPT): State.CONFIRMED,
    (State.PROBING, Event.NOT_PERSISTED): State.UNSAVED,
    (State.PROBING, Event.UNDONE): State.REVERTED,
    (State.PROBING, Event.SILENCE): State.UNKNOWN,
    (State.UNKNOWN, Event.KEPT): State.CONFIRMED,
    (State.UNSAVED, Event.KEPT): State.CONFIRMED,  # confirmed once more
    (State.UNSAVED, Event.UNDONE): State.REVERTED,
    (State.UNKNOWN, Event.UNDONE): State.REVERTED,
    (State.CONFIRMED, Event.UNDONE): State.REVERTED,  # rolled back later
}


@dataclass
class Progress:
    """Where one change stands."""

    state: State = State.DRAFT

    def see(self, event: Event) -> State:
        """Go on by what was learnt. Raises KeyError for what cannot follow."""
        self.state = TRANSITIONS[self.state, event]
        return self.state
