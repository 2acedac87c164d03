"""The kinds of target by the scheme of their URL; a kind's module is imported when it is used."""

from __future__ import annotations

import contextlib
import importlib
from typing import Protocol, cast

from lagg_tool.errors import UsageError
from lagg_tool.evidence import Journal
from lagg_tool.target.options import TargetOptions
from lagg_tool.target.target import Target

# Each module has a function ``open_url``. Their names are text, so that ssh:// does not load
# the simulator.
SCHEMES = {
    "sim": "lagg_tool.target.simulated",
    "ssh": "lagg_tool.target.remote",
    "qemu": "lagg_tool.target.virtual",
}
FORMS = "sim:, sim:?os=…&fault=…&seed=…&user=…&pace=…, ssh://user@host[:port], or qemu:IMAGE"


class Scheme(Protocol):
    """What the module of a scheme offers."""

    def open_url(
        self, url: str, options: TargetOptions, journal: Journal, closing: contextlib.ExitStack
    ) -> Target:
        """Open a target; ``closing`` gets everything that has to end with it."""
        ...


def open_target(
    url: str, options: TargetOptions | None = None, journal: Journal | None = None
) -> Target:
    """Connect to a target, and start it if it is a simulated or a virtual one.

    Raises UsageError for a URL that cannot be used, TargetError when the target cannot be
    reached.
    """
    if not url.isprintable():
        raise UsageError(f"--target {url!r}: a URL has no control characters; write {FORMS}")
    name, colon, rest = url.partition(":")
    module = SCHEMES.get(name) if colon else None
    if module is None or (name == "sim" and rest[:1] not in ("", "?")):
        raise UsageError(f"--target {url!r}: no such kind of target; write {FORMS}")
    scheme = cast("Scheme", importlib.import_module(module))
    with contextlib.ExitStack() as closing:
        target = scheme.open_url(url, options or TargetOptions(), journal or Journal(), closing)
        target.adopt(closing.pop_all())
    return target
