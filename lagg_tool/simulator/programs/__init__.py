"""The programs of the simulated NAS, by the path that they are installed at.

Every module has a table ``PROGRAMS`` of ``path: program``, or ``TRUENAS`` of those that only
TrueNAS has; a module that is put into this package is found without being named anywhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from lagg_tool.simulator.process import Program


@cache
def installed(product: str = "") -> Mapping[str, Program]:
    """Return every program that a product has; plain FreeBSD is no product."""
    programs: dict[str, Program] = {}
    for module in pkgutil.iter_modules(__path__):
        found = importlib.import_module(f"{__name__}.{module.name}")
        programs.update(getattr(found, "PROGRAMS", {}))
        if product:
            programs.update(getattr(found, "TRUENAS", {}))
    return MappingProxyType(programs)
