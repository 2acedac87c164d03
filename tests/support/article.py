"""The article's own pages, which are not part of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "LAGG_TOOL_ARTICLE"
PAGE = "setting-up-link-aggregations.md"
# The article of the successor, with the pages that it includes, in two wordings.
SCALE_VARIABLE = "LAGG_TOOL_ARTICLE_SCALE"
SCALE_PAGE = "scale-setting-up-link-aggregation.md"
UNSET = f"{VARIABLE} names no folder with the article's pages"


def article_folder(
    environment: Mapping[str, str], variable: str = VARIABLE, page: str = PAGE
) -> Path | None:
    """Return the folder that the environment names, None if it names none. Raises ValueError."""
    if not (named := environment.get(variable)):
        return None
    folder = Path(named)
    if not (folder / page).is_file():
        raise ValueError(f"{variable}={named}: expected a folder with {page}; there is none")
    return folder


def scale_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of the successor's article. Raises ValueError."""
    return article_folder(environment, SCALE_VARIABLE, SCALE_PAGE)
