"""What the step definitions work with: the NAS, its ports and the frames on its cables."""

from steps.world.frames import NAS, NAS_ADDRESS, NEIGHBOUR, Sent, is_ipv4, question
from steps.world.phrases import counts, numbers, ports_text
from steps.world.world import World

__all__ = [
    "NAS",
    "NAS_ADDRESS",
    "NEIGHBOUR",
    "Sent",
    "World",
    "counts",
    "is_ipv4",
    "numbers",
    "ports_text",
    "question",
]
