"""Where features, steps and hand-written pages are: in a checkout, or below the package.

The wheel carries them as ``lagg_tool/_assets`` (pyproject.toml maps them there), so that an
installed tool brings its acceptance suite along. In a checkout, it uses those of the checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# What every checkout has; other projects may have a features/ of their own.
_MARKS = ("features/core/article.toml", "steps/__init__.py", "lagg_tool/assets.py", "mkdocs.yml")


def root() -> Path:
    """Return the directory that holds features/, steps/, docs/ and mkdocs.yml."""
    installed = _PACKAGE / "_assets"
    return (_checkout() or installed) if installed.is_dir() else _PACKAGE.parent


def in_checkout() -> bool:
    """Return whether features and steps are those of a checkout."""
    return root() != _PACKAGE / "_assets"


def _checkout() -> Path | None:
    """Return the checkout that the current directory is in, if it is the user's own.

    Steps are code that is run: as git does, those in another user's directory are not trusted.
    """
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return None
    for directory in (here, *here.parents):
        if all((directory / mark).is_file() for mark in _MARKS):
            return directory if _is_trusted(directory.stat().st_uid) else None
    return None


def _is_trusted(owner: int) -> bool:
    return owner in {0, os.getuid()}


def features() -> Path:
    """Return the directory of the claim sets, of gate.toml and renames.toml."""
    return root() / "features"


def article_toml() -> Path:
    """Return the file of the claims on the first article."""
    return features() / "core" / "article.toml"


def commit() -> str:
    """Return the name of the checked-out commit, or nothing outside a checkout."""
    git = shutil.which("git")
    if git is None or not (root() / ".git").exists():
        return ""
    done = subprocess.run(  # noqa: S603 - a constant command
        [git, "-C", str(root()), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )
    return done.stdout.strip()
