"""Running mkdocs: the one place that knows its configuration."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.commands.serve import serve as mkdocs_serve
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, ConfigurationError

from lagg_tool import assets
from lagg_tool.errors import UsageError

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Layout:
    """Where the parts of the project are; a checkout has them under one root."""

    config: Path
    docs: Path
    features: Path
    history: Path | None = None
    faults: Path | None = None
    kept: Path | None = None

    @classmethod
    def of(cls, root: Path) -> Layout:
        """Return the layout of a checkout, or of the assets of an installed package."""
        return cls(
            root / "mkdocs.yml",
            root / "docs",
            root / "features",
            root / "docs" / "history",
            _fault_table(root),
            Path("build") / "pages" if Path("build").is_dir() else None,
        )


def _fault_table(root: Path) -> Path:
    """Return the last table of faults that was made here, else the one that was kept."""
    fresh = Path("build") / "faults.json"
    return fresh if fresh.exists() else root / "docs" / "faults.json"


def build(
    site_dir: Path,
    results_files: Sequence[Path] = (),
    article_files: Sequence[Path] = (),
    layout: Layout | None = None,
    *,
    strict: bool = True,
) -> None:
    """Build the site into ``site_dir``. Results files that do not exist are not there yet.

    Raises DocumentError for an input that cannot be read, UsageError when the site has
    broken links and ``strict`` is asked for.
    """
    layout = layout or Layout.of(assets.root())
    with _log_to_stderr():
        try:
            config = load_config(
                str(layout.config),
                site_dir=str(site_dir.resolve()),
                strict=strict,
                **_settings(layout, results_files, article_files),
            )
            mkdocs_build(config)
        except (Abort, ConfigurationError) as error:
            raise UsageError(f"the site was not built: {error}") from error
        except OSError as error:
            where = error.filename or site_dir
            said = f"{error.strerror}; the site is not complete"
            raise OSError(error.errno, said, str(where)) from error


def serve(
    results_files: Sequence[Path] = (),
    article_files: Sequence[Path] = (),
    layout: Layout | None = None,
    address: str = "127.0.0.1:8000",
) -> None:
    """Serve the site and build it again when something changes, until interrupted."""
    layout = layout or Layout.of(assets.root())
    with _log_to_stderr(logging.INFO):
        mkdocs_serve(
            str(layout.config),
            dev_addr=address,
            **_settings(layout, results_files, article_files),
        )


def _settings(
    layout: Layout, results_files: Sequence[Path], article_files: Sequence[Path]
) -> Mapping[str, Any]:
    """Return what replaces mkdocs.yml's relative paths, so that any directory will do."""
    return {
        "docs_dir": str(layout.docs.resolve()),
        "theme": {"name": None, "custom_dir": str(_HERE / "theme")},
        "hooks": [str(_HERE / "hook" / "living.py")],
        "extra": {
            "livingdocs": {
                "features": str(layout.features.resolve()),
                "results": [str(path.resolve()) for path in results_files],
                "history": str(layout.history.resolve()) if layout.history else None,
                "articles": [str(path.resolve()) for path in article_files],
                "faults": str(layout.faults.resolve()) if layout.faults else None,
                "kept": str(layout.kept.resolve()) if layout.kept else None,
            }
        },
    }


@contextlib.contextmanager
def _log_to_stderr(level: int = logging.WARNING) -> Iterator[None]:
    """Show mkdocs' warnings while it works; it sets up no logging when called like this."""
    logger = logging.getLogger("mkdocs")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("docs: %(message)s"))
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
