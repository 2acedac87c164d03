"""The article's own pages, which are not part of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "LAGG_TOOL_ARTICLE"
PAGE = "setting-up-link-aggregations.md"
UNSET = f"{VARIABLE} names no folder with the article's pages"


def article_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder that the environment names, None if it names none. Raises ValueError."""
    if not (named := environment.get(VARIABLE)):
        return None
    folder = Path(named)
    if not (folder / PAGE).is_file():
        raise ValueError(f"{VARIABLE}={named}: expected a folder with {PAGE}; there is none")
    return folder
