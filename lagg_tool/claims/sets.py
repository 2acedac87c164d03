"""Claim sets: each directory below features/ that has claims, requirements and scenarios.

A set is the directory of one article: ``article.toml`` with its claims, its scenarios, and the
files that define what else they name. Where the directory of the features has an
``article.toml`` itself, it is the only set.
"""

from __future__ import annotations

from pathlib import Path

CLAIMS = "article.toml"


def directories(features: Path) -> tuple[Path, ...]:
    """Return the directories of the sets below ``features``, or ``features`` itself."""
    if (features / CLAIMS).exists():
        return (features,)
    found = sorted(path.parent for path in features.glob(f"*/{CLAIMS}"))
    return tuple(found) or (features,)
