"""MkDocs with its configuration: building and serving the site."""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.commands.serve import serve as mkdocs_serve
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, ConfigurationError

from lagg_tool import assets
from lagg_tool.claims.sets import CLAIMS, choose, elsewhere, load_sets
from lagg_tool.errors import UsageError
from lagg_tool.site.address import Address
from lagg_tool.site.directory import check_site_directory, fresh_site

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Layout:
    """The places of the project's parts; a checkout has them under one root."""

    config: Path
    docs: Path
    features: Path
    history: Path | None = None
    faults: Path | None = None
    planted: Path | None = None

    @classmethod
    def of(cls, root: Path) -> Layout:
        """Return the layout of a checkout, or of the assets of an installed package."""
        return cls(
            root / "mkdocs.yml",
            root / "docs",
            root / "features",
            root / "docs" / "history",
            _fault_table(root),
            root / "docs" / "planted-bugs.json",
        )

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files and directories that a build reads."""
        every = (
            *(self.config, self.docs, self.features),
            *(self.history, self.faults, self.planted),
        )
        return tuple(path for path in every if path is not None)


def _fault_table(root: Path) -> Path:
    """Return the table of faults that was made here last, else the one in the repository."""
    fresh = Path("build") / "faults.json"
    return fresh if fresh.exists() else root / "docs" / "faults.json"


def build(
    site_dir: Path,
    results_files: Sequence[Path] = (),
    article_files: Sequence[Path] = (),
    layout: Layout | None = None,
    *,
    claims: Sequence[str] = (),
    strict: bool = True,
    address: Address | None = None,
) -> None:
    """Build the site in ``site_dir``; results files that do not exist are ignored.

    Raises RefusedError for a directory that holds something else than a site, DocumentError for
    an input that cannot be read, and UsageError for a broken link if ``strict`` is true.
    """
    layout = layout or Layout.of(assets.root())
    check_site_directory(site_dir, [*layout.inputs, *results_files, *article_files])
    with _log_to_stderr(), _no_collection(), _with_written_pages(layout, claims) as layout:
        try:
            with fresh_site(site_dir) as fresh:
                config = load_config(
                    str(layout.config),
                    site_dir=str(fresh.resolve()),
                    strict=strict,
                    **_settings(layout, results_files, article_files, claims, address),
                )
                mkdocs_build(config)
        except (Abort, ConfigurationError) as error:
            raise UsageError(f"the site was not built: {error}") from error
        except OSError as error:
            # Of a copy that failed, the second name is that of the file that could not be written.
            where = error.filename2 or error.filename or site_dir
            message = f"{error.strerror}; no site was built, and one that was there is as it was"
            raise OSError(error.errno, message, str(where)) from error


def serve(
    results_files: Sequence[Path],
    article_files: Sequence[Path],
    address: str,
    claims: Sequence[str],
) -> None:
    """Serve the site, and rebuild it when an input changes, until interrupted.

    Raises UsageError for a site that cannot be built.
    """
    there = Layout.of(assets.root())
    with _log_to_stderr(logging.INFO), _with_written_pages(there, claims) as layout:
        try:
            mkdocs_serve(
                str(layout.config),
                dev_addr=address,
                **_settings(layout, results_files, article_files, claims),
            )
        except (Abort, ConfigurationError) as error:
            raise UsageError(f"the site is not served: {error}") from error


def _settings(
    layout: Layout,
    results_files: Sequence[Path],
    article_files: Sequence[Path],
    claims: Sequence[str],
    address: Address | None = None,
) -> Mapping[str, Any]:
    """Return absolute paths for those of mkdocs.yml, so that any working directory will do."""
    given: dict[str, Any] = {}
    if address is not None:
        given = {
            "site_url": address.site_url,
            "repo_url": address.repo_url,
            # MkDocs takes it for a whole address where there is no repository.
            "edit_uri": f"{address.edit_uri}docs/" if address.repo_url else "",
        }
    return {
        **{name: value for name, value in given.items() if value},
        "docs_dir": str(layout.docs.resolve()),
        "theme": {
            "name": None,
            "custom_dir": str(_HERE / "theme"),
            "static_templates": ["404.html"],
        },
        "hooks": [str(_HERE / "hook" / "pages.py")],
        "extra": {
            "lagg_tool": {
                "features": str(layout.features.resolve()),
                "results": [str(path.resolve()) for path in results_files],
                "history": str(layout.history.resolve()) if layout.history else None,
                "articles": [str(path.resolve()) for path in article_files],
                "faults": str(layout.faults.resolve()) if layout.faults else None,
                "claims": [_absolute(name) for name in claims],
                "planted": str(layout.planted.resolve()) if layout.planted else None,
                "version": address.version if address else "",
            }
        },
    }


def _absolute(name: str) -> str:
    """Return the directory of a claim set from anywhere; a name stays one."""
    return str(Path(name).resolve()) if (Path(name) / CLAIMS).exists() else name


@contextlib.contextmanager
def _with_written_pages(layout: Layout, claims: Sequence[str]) -> Iterator[Layout]:
    """Give the layout without hand-written pages where these are about an article left out.

    They belong to the article whose pages are at the root of the site.
    """
    sets = choose(load_sets(layout.features, elsewhere(claims)), claims)
    if not claims or any(not one.header.address for one in sets):
        yield layout
        return
    with tempfile.TemporaryDirectory(prefix="docs-") as nothing:
        yield replace(layout, docs=Path(nothing))


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector off: a build only makes objects, and ends.

    Going through all results again and again takes a fifth of its time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextlib.contextmanager
def _log_to_stderr(level: int = logging.WARNING) -> Iterator[None]:
    """Show MkDocs' warnings: called from Python, it sets up no logging of its own."""
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
