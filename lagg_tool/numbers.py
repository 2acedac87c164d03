"""Numbers of the command line: each with its range, which the message names."""

from __future__ import annotations

import argparse
import math


def count(text: str) -> int:
    """Return a number from 1 on. Raises ArgumentTypeError."""
    number = _whole(text)
    if number is None or number < 1:
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a whole number from 1 on")
    return number


def whole(text: str) -> int:
    """Return a number from 0 on. Raises ArgumentTypeError."""
    number = _whole(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a whole number from 0 on")
    return number


def port(text: str) -> int:
    """Return a number of a port, or 0 for a free one. Raises ArgumentTypeError."""
    number = _whole(text)
    if number is None or number > 65535:
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a port: 0 to 65535")
    return number


def cable(text: str) -> int:
    """Return a number of a simulated NAS's cable. Raises ArgumentTypeError."""
    number = _whole(text)
    if number is None or not 1 <= number <= 6:
        raise argparse.ArgumentTypeError(
            f"{_short(text)} is not a cable: 1 to 4 for vtnet1 to vtnet4, 5 and 6 for em0 and em1"
        )
    return number


def seconds(text: str) -> float:
    """Return a time above zero. Raises ArgumentTypeError."""
    number = _real(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a number of seconds above 0")
    return number


def duration(text: str) -> float:
    """Return a time from zero on. Raises ArgumentTypeError."""
    number = _real(text)
    if not number >= 0:
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a number of seconds from 0 on")
    return number


def interval(text: str) -> float:
    """Return a time between two looks. Raises ArgumentTypeError."""
    number = _real(text)
    if not 0.1 <= number <= 3600:
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a number of seconds: 0.1 to 3600")
    return number


def _real(text: str) -> float:
    """Return a number, else one that is in no range."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _whole(text: str) -> int | None:
    """Return a number of at most 18 digits, else None: Python refuses to convert long ones."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
