"""The kinds of target by their URL, or its scheme; a kind's module is imported when it is used."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable

from lagg_tool.errors import UsageError
from lagg_tool.target.options import TargetOptions
from lagg_tool.target.target import Target

# Each module has a function ``open_url``, whose ExitStack gets all that has to end with the target,
# and ``product_in_url`` where a URL names the product. Their names are text, so that ssh:// does
# not load the simulator.
SCHEMES = {
    "sim": "lagg_tool.target.simulated",
    "ssh": "lagg_tool.target.remote",
    "qemu": "lagg_tool.target.virtual",
    "qemu:linux": "lagg_tool.target.linux",
    "qemu:linux-6.12": "lagg_tool.target.linux",
}
FORMS = (
    "sim:, sim:?os=…&fault=…&seed=…&user=…&pace=…, ssh://user@host[:port], qemu:linux,"
    " qemu:linux-6.12, or qemu:IMAGE"
)
# Every process that opens a target of these gets a NAS of its own.
_OWN = frozenset([SCHEMES["sim"], SCHEMES["qemu:linux"]])


def open_target(url: str, options: TargetOptions | None = None) -> Target:
    """Connect to a target, and start it if it is a simulated or a virtual one.

    Raises UsageError for a URL that cannot be used, TargetError when the target cannot be
    reached.
    """
    scheme = importlib.import_module(_module(url))
    with contextlib.ExitStack() as closing:
        target: Target = scheme.open_url(url, options or TargetOptions(), closing)
        target.adopt(closing.pop_all())
    return target


def product_in_url(url: str) -> str:
    """Return the system of a target, such as freebsd, where its URL says it; else "".

    Raises UsageError for a URL that cannot be used.
    """
    known: Callable[[str], str] | None
    known = getattr(importlib.import_module(_module(url)), "product_in_url", None)
    return known(url) if known is not None else ""


def _module(url: str) -> str:
    """Return the name of the module for a URL. Raises UsageError."""
    if not url.isprintable():
        raise UsageError(f"--target {url!r}: a URL has no control characters; write {FORMS}")
    name, colon, rest = url.partition(":")
    module = SCHEMES.get(url) or SCHEMES.get(name) if colon else None
    if module is None or (name == "sim" and rest[:1] not in ("", "?")):
        raise UsageError(f"--target {url!r}: no such kind of target; write {FORMS}")
    return module


def is_own(url: str) -> bool:
    """Return whether every process that opens this target gets another NAS."""
    return _module(url) in _OWN


def try_target(url: str) -> None:
    """Find out, before several processes open it, that a target can be had. Raises as that does."""
    if _module(url) == SCHEMES["qemu:linux"]:
        from lagg_tool.target.linux import make  # noqa: PLC0415 - loads the testbeds

        make(url, TargetOptions().tell)
        return
    with open_target(url):
        pass
