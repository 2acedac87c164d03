"""Where features, steps and hand-written pages are: in a checkout, or below the package.

The wheel carries them as ``lagg_tool/_assets`` (pyproject.toml maps them there), so that an
installed tool brings its acceptance suite along.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the directory that holds features/, steps/, docs/ and mkdocs.yml."""
    installed = _PACKAGE / "_assets"
    return installed if installed.is_dir() else _PACKAGE.parent


def features() -> Path:
    """Return the directory of the feature files and article.toml."""
    return root() / "features"


def article_toml() -> Path:
    """Return the file of the claims."""
    return features() / "article.toml"
