"""midclt(1) of TrueNAS CORE: a call as a command, and what its answers mean."""

from __future__ import annotations

import json
import re
from typing import Any

from lagg_tool.command import Command, Completed, Effect
from lagg_tool.errors import CommandError, UnreadableError

# midclt prints str() of what is a number or a string in Python, and JSON of the rest.
_PYTHON = {"True": True, "False": False}
_TRACE = "Traceback (most recent call last):"


def call(method: str, *arguments: Any, effect: Effect = Effect.CHANGE) -> Command:
    """Return the command that calls a method; the arguments as JSON."""
    words = tuple(json.dumps(argument, ensure_ascii=False) for argument in arguments)
    return Command(("midclt", "call", method, *words), effect)


def read_value(text: str) -> Any:
    """Return what a call answered; what is no JSON is a string."""
    text = text.strip()
    if text in _PYTHON:
        return _PYTHON[text]
    try:
        return json.loads(text)
    except ValueError:
        return text


def errors(stderr: str) -> list[str]:
    """Return the middleware's own words, a line each, without the server's traceback.

    Where midclt itself failed there is nothing else: then the last line is the reason.
    """
    lines = [line for line in stderr.splitlines() if line.strip()]
    own = lines[: lines.index(_TRACE)] if _TRACE in lines else lines
    return own or lines[-1:]


def errors_text(done: Completed) -> str:
    """Return the middleware's own words in one line."""
    return "; ".join(errors(done.stderr))


def value_of(done: Completed) -> Any:
    """Return what a call answered. Raises CommandError with the middleware's words."""
    if done.status != 0:
        raise CommandError(done.command.argv[2], done.status, errors_text(done))
    return read_value(done.stdout)


def items_of(done: Completed) -> list[dict[str, Any]]:
    """Return what interface.query answered. Raises CommandError and UnreadableError."""
    found = value_of(done)
    if not isinstance(found, list) or not all(_is_item(each) for each in found):
        raise UnreadableError(f"interface.query answered {done.stdout[:80]!r}")
    return found


def _is_item(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


_VERSION = re.compile(r"TrueNAS-(\d+)\.(\d+)")
SUPPORTED = ((12, 0), (13, 3))


def version_of(text: str) -> tuple[int, int] | None:
    """Return major and minor of /etc/version if it is TrueNAS CORE's, else None."""
    found = _VERSION.match(text)
    if found is None:
        return None
    version = int(found[1]), int(found[2])
    return version if SUPPORTED[0] <= version <= SUPPORTED[1] else None
