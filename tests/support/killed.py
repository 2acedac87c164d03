"""A process that is killed before one of its changes of the file system."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_CHANGES = [
    *((Path, name) for name in ("mkdir", "rename", "replace", "rmdir", "unlink")),
    (shutil, "rmtree"),
]


class _KilledError(BaseException):
    """From now on nothing changes: what the process would tidy up is left."""


def killed_before(change: int, action: Callable[[], object]) -> bool:
    """Kill an action before the change of this number; return False if it has no more of them."""
    numbers = itertools.count()

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            if next(numbers) >= change:
                raise _KilledError
            return function(*args, **options)

        return counted

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _CHANGES:
            patch.setattr(owner, name, counting(getattr(owner, name)))
        try:
            action()
        except _KilledError:
            return True
    return False
