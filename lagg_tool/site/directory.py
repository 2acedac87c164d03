"""The directory of a site: a build empties it, so that nothing else may be in it.

The new site is built within it, hidden, and takes the place of the old one when it is complete.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from lagg_tool.errors import RefusedError
from lagg_tool.output import progress
from lagg_tool.user import home
from lagg_tool.whole_file import write_whole

# MkDocs leaves alone what begins with a dot, when it empties the directory and else.
MARKER = ".lagg_tool_site"
_NEW, _OLD = ".lagg_tool_new", ".lagg_tool_old"
_TEXT = "lagg-tool made this directory for a site, and empties it before it builds the next one.\n"


def check_site_directory(
    site: Path, inputs: Iterable[Path], marker: str = MARKER, option: str = "--site"
) -> None:
    """Refuse a directory in which a build could delete something else than a site.

    ``inputs`` are the files and directories that the build reads or that are written beside
    it; they need not exist. ``marker`` is in a directory that was made by ``option``. Changes
    nothing. Raises RefusedError.
    """
    directory = Path(os.path.realpath(site))  # resolve() fails for a link to itself
    reason = _forbidden(directory, [Path(os.path.realpath(path)) for path in inputs])
    reason = reason or _occupied(directory, marker)
    if reason:
        raise RefusedError(
            f"{option} {site}: {reason}; a site's directory is emptied before it is built:"
            " name another directory, or empty this one yourself"
        )


@contextlib.contextmanager
def fresh_site(site: Path) -> Iterator[Path]:
    """Mark the directory as a site's, and give one to build in; then that is the site.

    After an error the old site is as it was. What begins with a dot is left alone, as MkDocs
    does. It is within the site, so that nothing but renames is left to do, which need no room
    on the disk and no right to the directory above. Another build of the same site is waited
    for. Raises OSError.
    """
    Path(os.path.realpath(site)).mkdir(parents=True, exist_ok=True)  # where a link leads to
    with alone(site):
        write_whole(site / MARKER, _TEXT.encode())
        new, old = site / _NEW, site / _OLD
        try:
            for left in (new, old):  # by a build that was killed
                shutil.rmtree(left, ignore_errors=True)
                left.mkdir()
            yield new
            _exchange(site, old, new)
        finally:
            for left in (new, old):
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Wait for other processes that are here, and keep them out until the end, or death.

    Where the file system locks no directory, nobody is kept out. Raises OSError.
    """
    number = os.open(directory, os.O_RDONLY)
    try:
        _lock(number, directory)
        yield
    finally:
        os.close(number)


def _lock(number: int, directory: Path) -> None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.EWOULDBLOCK:
            progress(f"{directory}: another process builds a site here; waiting for it")
            fcntl.flock(number, fcntl.LOCK_EX)


def _exchange(site: Path, old: Path, new: Path) -> None:
    """Move the entries of a site away and the new ones in, or leave the site as it was."""
    before = _entries(site)
    try:
        for entry in before:
            entry.rename(old / entry.name)
        for entry in _entries(new):
            entry.rename(site / entry.name)
    except BaseException:
        moved = {entry.name for entry in _entries(old)}
        for entry in _entries(site):
            if entry.name in moved or entry not in before:
                entry.rename(new / entry.name)
        for entry in _entries(old):
            entry.rename(site / entry.name)
        raise


def _entries(directory: Path) -> list[Path]:
    return sorted(entry for entry in directory.iterdir() if not entry.name.startswith("."))


def _forbidden(directory: Path, inputs: Iterable[Path]) -> str:
    """Return why no site may ever be there, whatever it holds."""
    for name, path in (("working", Path.cwd()), ("home", home())):
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
    if os.path.lexists(directory) and not directory.is_dir():
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
