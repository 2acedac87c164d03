"""A plugin of pytest: no process of a shared run can open its target, but the one that leads.

A machine of QEMU may not boot, in any of them; loaded by ``PYTEST_ADDOPTS``.
"""

from __future__ import annotations

from typing import NoReturn

import pytest

from lagg_tool.errors import UnreachableError

WORDS = "the machine did not boot: no space left for its disk"


def pytest_configure(config: pytest.Config) -> None:
    """Let opening a target fail in a worker."""
    if not hasattr(config, "workerinput"):
        return
    from lagg_tool.suite import fixtures  # noqa: PLC0415 - the suite's plugin has loaded it

    vars(fixtures)["open_target"] = _fail


def _fail(*_: object) -> NoReturn:
    raise UnreachableError(WORDS)
