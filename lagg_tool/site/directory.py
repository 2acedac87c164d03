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
# Pages that are made, that are complete and taking their place, and that made room for them.
_NEW, _WHOLE, _OLD = ".lagg_tool_new", ".lagg_tool_whole", ".lagg_tool_old"
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

    After an error the old site is as it was; after death the next build begins with that. What
    begins with a dot is left alone, as MkDocs does. It is within the site, so that nothing but
    renames is left to do, which need no room on the disk and no right to the directory above.
    Another build of the same site is waited for. Raises OSError.
    """
    Path(os.path.realpath(site)).mkdir(parents=True, exist_ok=True)  # where a link leads to
    with alone(site):
        if not (site / MARKER).is_file():
            write_whole(site / MARKER, _TEXT.encode(), new=True)  # with nothing beside it
        _set_back(site)
        try:
            for name in (_NEW, _OLD):
                (site / name).mkdir()
            yield site / _NEW
            _exchange(site)
        finally:
            _set_back(site)


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


def _exchange(site: Path) -> None:
    """Move the entries of a site away and the new ones in."""
    whole, old = site / _WHOLE, site / _OLD
    _move(site, old)
    (site / _NEW).rename(whole)  # from here on all that is seen is new
    _move(whole, site)
    old.rename(whole / _OLD)  # from here on it stays


def _set_back(site: Path) -> None:
    """Undo an exchange that was not completed, wherever it ended, and remove what builds leave."""
    new, whole, old = site / _NEW, site / _WHOLE, site / _OLD
    if old.is_dir():
        if whole.is_dir():
            _move(site, whole)
            whole.rename(new)
        _move(old, site)
    for left in (new, whole, old):
        shutil.rmtree(left, ignore_errors=True)


def _move(source: Path, to: Path) -> None:
    for entry in sorted(source.iterdir()):
        if not entry.name.startswith("."):
            entry.rename(to / entry.name)


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
