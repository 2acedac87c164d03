"""midclt: one call to the middleware from the command line (client.py of the product)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lagg_tool.simulator.middleware.daemon import printed
from lagg_tool.simulator.middleware.errors import MiddlewareError, RequestError
from lagg_tool.simulator.system.process import Process

USAGE = "usage: midclt [-h] [-q] [-u URI] {call,ping,subscribe,sql} ...\n"
NOT_RUNNING = "Failed to run middleware call. Daemon not running?\n"
# The socket is root's alone (check_permission of plugins/auth.py: a client that connects is root),
# and midclt does not catch what connect(2) says to others.
NOT_ALLOWED = "Traceback (most recent call last):\nPermissionError: [Errno 13] Permission denied\n"


def _from_json(words: Sequence[str]) -> list[Any]:
    """Decode JSON words; pass others on as strings (from_json of client.py)."""
    found: list[Any] = []
    for word in words:
        try:
            found.append(json.loads(word))
        except ValueError:
            found.append(word)
    return found


def _error_text(error: MiddlewareError) -> str:
    """Return the reason, followed by the server's traceback unless a request was refused."""
    if isinstance(error, RequestError):
        return f"{error}\n"
    return f"{error}\nTraceback (most recent call last):\n{error.exception}: {error}\n\n"


async def midclt(process: Process) -> int:
    """Make the call and print what it returns, or its error."""
    words = list(process.argv[1:])
    quiet = "-q" in words[:2]
    words = [word for number, word in enumerate(words) if word != "-q" or number > 1]
    if len(words) < 2 or words[0] != "call":
        process.err(USAGE)
        return 2
    daemon = process.system.middlewared
    if daemon is None:
        process.err(NOT_RUNNING)
        return 1
    if process.uid:
        process.err(NOT_ALLOWED)
        return 1
    try:
        value = await daemon.answer(process, words[1], _from_json(words[2:]))
    except MiddlewareError as error:
        if not quiet:
            process.err(_error_text(error))
        return 1
    process.out(printed(value))
    return 0
