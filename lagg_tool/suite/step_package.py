"""The package ``steps``: step definitions, in a checkout or below the installed package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from lagg_tool import assets

NAME = "steps"


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
