"""Phrases of the features as values, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def numbers(text: str) -> tuple[int, ...]:
    """Return the ports of a phrase such as ``ports 1, 2 and 3`` or ``port 2``."""
    return tuple(int(digits) for digits in re.findall(r"\d+", text))


def ports_text(ports: Iterable[int]) -> str:
    """Return ports in words: ``ports 1 and 2``."""
    if not (numbers := sorted(set(ports))):
        return "no port"
    *first, last = map(str, numbers)
    return f"ports {', '.join(first)} and {last}" if first else f"port {last}"


def counts(ports: Sequence[int]) -> str:
    """Return how many of something went by each port, in words."""
    each = ", ".join(f"{ports.count(port)} by port {port}" for port in sorted(set(ports)))
    return each or "none"
