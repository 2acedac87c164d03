"""Phrases of the features as values, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence


def numbers(text: str) -> tuple[int, ...]:
    """Return the ports of a phrase such as ``ports 1, 2 and 3`` or ``port 2``."""
    return tuple(int(digits) for digits in re.findall(r"\d+", text))


def counts(ports: Sequence[int]) -> str:
    """Return how many of something went by each port, in words."""
    each = ", ".join(f"{ports.count(port)} by port {port}" for port in sorted(set(ports)))
    return each or "none"
