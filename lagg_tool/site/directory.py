"""The directory of a site: MkDocs empties it, so that nothing else may be in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lagg_tool.errors import RefusedError

# MkDocs leaves alone what begins with a dot, when it empties the directory and else.
MARKER = ".lagg_tool_site"
_TEXT = "lagg-tool made this directory for a site, and empties it before it builds the next one.\n"


def check_site_directory(
    site: Path, inputs: Iterable[Path], marker: str = MARKER, option: str = "--site"
) -> None:
    """Refuse a directory in which a build could delete something else than a site.

    ``inputs`` are the files and directories that the build reads or that are written beside
    it; they need not exist. ``marker`` is in a directory that was made by ``option``. Changes
    nothing. Raises RefusedError.
    """
    directory = site.resolve()
    reason = _forbidden(directory, [path.resolve() for path in inputs])
    reason = reason or _occupied(directory, marker)
    if reason:
        raise RefusedError(
            f"{option} {site}: {reason}; a site's directory is emptied before it is built:"
            " name another directory, or empty this one yourself"
        )


def claim_site_directory(site: Path) -> None:
    """Make the directory and mark it as a site's. Raises OSError."""
    site.mkdir(parents=True, exist_ok=True)
    (site / MARKER).write_text(_TEXT, encoding="utf-8")


def _forbidden(directory: Path, inputs: Iterable[Path]) -> str:
    """Return why no site may ever be there, whatever it holds."""
    for name, path in (("working", Path.cwd()), ("home", Path.home())):
        if path.resolve().is_relative_to(directory):
            return f"it is the {name} directory or holds it"
    for path in inputs:
        if path.is_relative_to(directory):
            return f"it holds {path}"
        if directory.is_relative_to(path):
            return f"it is within {path}"
    return ""


def _occupied(directory: Path, marker: str) -> str:
    """Return what is there already and is no site of ours.

    What begins with a dot, such as the files of git in a branch that is published, is left alone
    where versions are kept; a site's own directory has to be empty.
    """
    if directory.exists() and not directory.is_dir():
        return "it is no directory"
    for parent in directory.parents:
        if parent.exists():
            if not parent.is_dir():
                return f"{parent} is no directory"
            break
    if not directory.exists() or (directory / marker).is_file():
        return ""
    found = [p for p in directory.iterdir() if marker == MARKER or not p.name.startswith(".")]
    return "it is not empty, and no site made by lagg-tool" if found else ""
