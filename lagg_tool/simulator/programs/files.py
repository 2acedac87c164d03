"""Programs that change files: rm mkdir rmdir cp mv touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.system.nodes import Directory, File, FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

USAGE_ERROR = 64  # EX_USAGE, sysexits(3)


class _PathError(Exception):
    """Which part of a path the operation failed at, and why."""


def _each(process: Process, words: Iterable[str], work: Callable[[str], None]) -> int:
    """Do the work for each word; return 1 if one failed, after a message for it."""
    status = 0
    for word in words:
        try:
            work(word)
        except _PathError as error:
            process.warn(str(error))
            status = 1
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
    return status


def _operands(process: Process, letters: str, usage: str) -> Options:
    options = getopt(process, letters, usage, USAGE_ERROR)
    if not options.words and "f" not in options:
        fail(process, "", usage, USAGE_ERROR)
    return options


async def rm(process: Process) -> int:
    """Remove files, and directories with -r."""
    usage = "usage: rm [-f | -i] [-dIPRrvWx] file ...\n       unlink [--] file\n"
    options = _operands(process, "fRr", usage)
    files = process.system.filesystem

    def remove(word: str) -> None:
        path = process.path(word)
        try:
            node = files.lookup(path, process.uid, follow=False)
        except FileError as error:
            if "f" in options and error.errno is Errno.ENOENT:
                return
            raise
        if not isinstance(node, Directory):
            files.unlink(path, process.uid)
        elif "r" not in options and "R" not in options:
            raise _PathError(f"{word}: is a directory")
        elif path == "/":
            raise _PathError('"/" may not be removed')
        else:
            files.remove_tree(path, process.uid)

    return _each(process, options.words, remove)


async def mkdir(process: Process) -> int:
    """Make directories, with -p those above them too."""
    options = _operands(process, "p", "usage: mkdir [-pv] [-m mode] directory_name ...\n")
    mode = 0o777 & ~process.umask

    def make(word: str) -> None:
        if "p" in options:
            _make_path(process, word, mode)
            return
        try:
            process.system.filesystem.make_directory(process.path(word), mode, process.uid)
        except FileError as error:
            missing = error.errno is Errno.ENOENT
            shown = word.rstrip("/").rpartition("/")[0] if missing and "/" in word else word
            raise _PathError(f"{shown or word}: {error}") from error

    return _each(process, options.words, make)


def _make_path(process: Process, word: str, mode: int) -> None:
    files = process.system.filesystem
    parts = word.rstrip("/").split("/")
    for end in range(1, len(parts) + 1):
        part = "/".join(parts[:end])
        if not part or isinstance(files.find(process.path(part), process.uid), Directory):
            continue
        try:
            kept = mode if end == len(parts) else (0o777 & ~process.umask) | 0o300
            files.make_directory(process.path(part), kept, process.uid)
        except FileError as error:
            raise _PathError(f"{part}: {error}") from error


async def rmdir(process: Process) -> int:
    """Remove empty directories."""
    options = _operands(process, "", "usage: rmdir [-pv] directory ...\n")
    files = process.system.filesystem
    return _each(
        process,
        options.words,
        lambda word: files.remove_directory(process.path(word), process.uid),
    )


def _targets(process: Process, options: Options, usage: str) -> dict[str, str]:
    """Return what each source is to be called; in a directory it keeps its name."""
    if len(options.words) < 2:
        fail(process, "", usage, USAGE_ERROR)
    *sources, target = options.words
    node = process.system.filesystem.find(process.path(target), process.uid)
    if isinstance(node, Directory):
        inside = target.rstrip("/")
        return {each: f"{inside}/{each.rstrip('/').rpartition('/')[2]}" for each in sources}
    if len(sources) > 1:
        process.warn(f"{target} is not a directory")
        raise Exit(1)
    return {sources[0]: target}


async def cp(process: Process) -> int:
    """Copy files, and directories with -R; -p keeps owner, mode and time."""
    usage = (
        "usage: cp [-R [-H | -L | -P]] [-f | -i | -n] [-alpsvx] source_file target_file\n"
        "       cp [-R [-H | -L | -P]] [-f | -i | -n] [-alpsvx] source_file ... "
        "target_directory\n"
    )
    options = getopt(process, "Rfp", usage, USAGE_ERROR)
    files = process.system.filesystem
    targets = _targets(process, options, usage)

    def copy(source: str) -> None:
        target = targets[source]
        node = files.lookup(process.path(source), process.uid)
        if isinstance(node, Directory) and "R" not in options:
            raise _PathError(f"{source} is a directory (not copied).")
        if files.find(process.path(target)) is node:
            raise _PathError(f"{target} and {source} are identical (not copied).")
        _copy_tree(process, source, target, preserve="p" in options)

    return _each(process, targets, copy)


def _copy_tree(process: Process, source: str, target: str, *, preserve: bool) -> None:
    files = process.system.filesystem
    node = files.lookup(process.path(source), process.uid)
    if not isinstance(node, Directory):
        _copy_file(process, source, target, preserve=preserve)
        return
    if files.find(process.path(target)) is None:
        files.make_directory(process.path(target), node.mode & 0o777, process.uid)
    for name in sorted(node.entries):
        _copy_tree(process, f"{source}/{name}", f"{target}/{name}", preserve=preserve)


def _copy_file(process: Process, source: str, target: str, *, preserve: bool) -> None:
    files = process.system.filesystem
    node = files.lookup(process.path(source), process.uid)
    if not node.allows(process.uid, 4):
        raise _PathError(f"{source}: {Errno.EACCES.text}")
    data = bytes(node.data) if isinstance(node, File) else b""
    try:
        stream = process.system.opener.open(
            process.path(target), "w", process.uid, node.mode & 0o777 & ~process.umask
        )
        stream.write(data)
    except FileError as error:
        raise _PathError(f"{target}: {error}") from error
    if preserve:
        copy = files.lookup(process.path(target))
        copy.mode, copy.modified = node.mode, node.modified
        copy.uid, copy.gid = node.uid, node.gid


async def mv(process: Process) -> int:
    """Rename files."""
    usage = (
        "usage: mv [-f | -i | -n] [-hv] source target\n"
        "       mv [-f | -i | -n] [-v] source ... directory\n"
    )
    options = getopt(process, "f", usage, USAGE_ERROR)
    targets = _targets(process, options, usage)

    def move(source: str) -> None:
        target = targets[source]
        try:
            process.system.filesystem.rename(
                process.path(source), process.path(target), process.uid
            )
        except FileError as error:
            raise _PathError(f"rename {source} to {target}: {error}") from error

    return _each(process, targets, move)


async def touch(process: Process) -> int:
    """Set modification times to now; make files that do not exist."""
    options = _operands(process, "", "usage: touch [-achm] file ...\n")
    files = process.system.filesystem

    def mark(word: str) -> None:
        node = files.find(process.path(word), process.uid)
        if node is None:
            files.create(process.path(word), 0o666 & ~process.umask, process.uid)
        else:
            files.touch(node)

    return _each(process, options.words, mark)
