"""Where features, steps and hand-written pages are: in a checkout, or below the package.

The wheel carries them as ``lagg_tool/_assets`` (pyproject.toml maps them there), so that an
installed tool brings its acceptance suite along.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the directory that holds features/, steps/, docs/ and mkdocs.yml."""
    installed = _PACKAGE / "_assets"
    return installed if installed.is_dir() else _PACKAGE.parent


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
