"""Step definitions: the package ``steps``, and those that a claim set brings along."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from lagg_tool import assets
from lagg_tool.claims.sets import ClaimSet

NAME = "steps"
OF_SETS = "steps_of_"  # what the packages of the sets are called


def register() -> tuple[str, ...]:
    """Make the package importable by its name; return the modules with step definitions.

    The search path stays as it is: an installed tool's ``steps`` would be in reach of every
    other package, and another project's ``steps`` could come before it.
    """
    directory = assets.root() / NAME
    if NAME not in sys.modules or directory not in _locations():
        for loaded in [name for name in sys.modules if name.partition(".")[0] == NAME]:
            del sys.modules[loaded]
        _load(directory)
    return tuple(f"{NAME}.{path.stem}" for path in sorted(directory.glob("*_steps.py")))


def modules_of(one: ClaimSet) -> tuple[ModuleType, ...]:
    """Import the step definitions of a set, ``steps/*_steps.py`` in its directory."""
    directory = one.directory / NAME
    files = sorted(directory.glob("*_steps.py"))
    if not files:
        return ()
    package = f"{OF_SETS}{one.name.replace('-', '_')}"
    if [str(directory)] != getattr(sys.modules.get(package), "__path__", None):
        for loaded in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[loaded]
        pytest.register_assert_rewrite(package)
        found = ModuleType(package)
        found.__path__ = [str(directory)]
        sys.modules[package] = found
    return tuple(importlib.import_module(f"{package}.{file.stem}") for file in files)


def _locations() -> list[Path]:
    return [Path(place).resolve() for place in getattr(sys.modules[NAME], "__path__", ())]


def _load(directory: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        NAME, directory / "__init__.py", submodule_search_locations=[str(directory)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{directory} is no package", name=NAME, path=str(directory))
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
