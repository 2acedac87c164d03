"""The programs of the simulated NAS, by the path that they are installed at.

Every module has a table ``PROGRAMS`` of ``path: program``; a module that is put into this
package is found without being named anywhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from lagg_tool.simulator.process import Program


@cache
def installed() -> Mapping[str, Program]:
    """Return every program that there is."""
    programs: dict[str, Program] = {}
    for module in pkgutil.iter_modules(__path__):
        table: Mapping[str, Program] = importlib.import_module(f"{__name__}.{module.name}").PROGRAMS
        programs.update(table)
    return MappingProxyType(programs)
