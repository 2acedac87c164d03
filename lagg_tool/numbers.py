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


def seconds(text: str) -> float:
    """Return a time above zero. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{_short(text)} is not a number of seconds above 0")
    return number


def _whole(text: str) -> int | None:
    """Return a number of at most 18 digits, else None: Python refuses to convert long ones."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
