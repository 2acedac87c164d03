"""Where the parts of a run report what happened."""

from __future__ import annotations

from lagg_tool.evidence.events import Event


class Journal:
    """The events of a run in the order in which they were reported.

    The pytest plugin takes what a step left here, as that step's evidence.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Keep an event."""
        self._events.append(event)

    def take(self) -> tuple[Event, ...]:
        """Return the events since the last call, and forget them."""
        events, self._events = tuple(self._events), []
        return events
