"""The evidence of a run: events, results, comparison, redaction."""

from lagg_tool.evidence.events import (
    BatchPart,
    CommandEvent,
    Event,
    FrameEvent,
    LinkEvent,
    NoteEvent,
    WaitEvent,
)
from lagg_tool.evidence.journal import Journal
from lagg_tool.evidence.results import (
    SIMULATED_SERVER,
    ClaimLink,
    FeatureResult,
    Provenance,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
    VerdictResult,
)

__all__ = [
    "SIMULATED_SERVER",
    "BatchPart",
    "ClaimLink",
    "CommandEvent",
    "Event",
    "FeatureResult",
    "FrameEvent",
    "Journal",
    "LinkEvent",
    "NoteEvent",
    "Provenance",
    "Results",
    "ScenarioResult",
    "Status",
    "StepResult",
    "TargetResult",
    "VerdictResult",
    "WaitEvent",
]
