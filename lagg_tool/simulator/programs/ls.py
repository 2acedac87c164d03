"""ls(1): the files of directories, with -l in the long format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lagg_tool.simulator.programs.options import Options, getopt
from lagg_tool.simulator.system.nodes import Directory, File, FileError, Node, Symlink
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.users import group_name, user_name

USAGE = (
    "usage: ls [-ABCFGHILPRSTUWZabcdfghiklmnopqrstuvwxy1,] [--color=when] [-D format] [file ...]\n"
)
_HALF_YEAR = 365 * 86400 / 2


def _permissions(node: Node) -> str:
    bits = "".join(
        letter if node.mode >> shift & bit else "-"
        for shift in (6, 3, 0)
        for letter, bit in (("r", 4), ("w", 2), ("x", 1))
    )
    if node.mode & 0o1000:
        bits = bits[:-1] + "t"
    return node.letter + bits


def _when(process: Process, node: Node) -> str:
    moment = datetime.fromtimestamp(node.modified, UTC)
    recent = abs(process.system.wall_time() - node.modified) < _HALF_YEAR
    return f"{moment:%b} {moment.day:2} {moment:{'%H:%M' if recent else ' %Y'}}"


def _long(process: Process, entries: Sequence[tuple[str, Node]]) -> str:
    rows = [
        (
            _permissions(node),
            str(node.links),
            user_name(node.uid),
            group_name(node.gid),
            str(node.size),
            _when(process, node),
            f"{name} -> {node.target}" if isinstance(node, Symlink) else name,
        )
        for name, node in entries
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(7)]
    return "".join(
        f"{row[0]}  {row[1]:>{widths[1]}} {row[2]:<{widths[2]}} {row[3]:<{widths[3]}} "
        f"{row[4]:>{widths[4]}} {row[5]} {row[6]}\n"
        for row in rows
    )


def _listed(process: Process, options: Options, entries: Sequence[tuple[str, Node]]) -> str:
    entries = sorted(entries, key=lambda entry: entry[0])
    if "l" in options:
        return _long(process, entries)
    return "".join(f"{name}\n" for name, _ in entries)


def _directory(process: Process, options: Options, path: str) -> str:
    files = process.system.filesystem
    where = process.path(path)
    entries = [
        (name, files.lookup(f"{where}/{name}", follow=False))
        for name in files.names(where, process.uid)
        if "a" in options or not name.startswith(".")
    ]
    if "a" in options:
        entries += [(".", files.lookup(where)), ("..", files.lookup(f"{where}/.."))]
    total = sum(-(-node.size // 4096) * 8 for _, node in entries if isinstance(node, File))
    head = f"total {total}\n" if "l" in options else ""
    return head + _listed(process, options, entries)


async def ls(process: Process) -> int:
    """List files and directories."""
    options = getopt(process, "1adl", USAGE)
    plain: list[tuple[str, Node]] = []
    directories: list[str] = []
    status = 0
    for word in sorted(options.words or ["."]):
        try:
            node = process.system.filesystem.lookup(
                process.path(word), process.uid, follow="l" not in options
            )
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
            continue
        if isinstance(node, Directory) and "d" not in options:
            directories.append(word)
        else:
            plain.append((word, node))
    process.out(_listed(process, options, plain))
    for word in directories:
        if len(options.words) > 1:
            process.out(f"{chr(10) if plain or word != directories[0] else ''}{word}:\n")
        try:
            process.out(_directory(process, options, word))
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
    return status
