"""Programs that look at files: ls stat find readlink basename dirname df."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from lagg_tool.simulator.filesystem import Directory, File, FileError, Node, Reason, Symlink
from lagg_tool.simulator.options import Options, getopt
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.shell.patterns import matches
from lagg_tool.simulator.users import group_name, user_name

_HALF_YEAR = 365 * 86400 / 2


def permissions(node: Node) -> str:
    """Return the mode as ls(1) shows it."""
    bits = "".join(
        letter if node.mode >> shift & bit else "-"
        for shift in (6, 3, 0)
        for letter, bit in (("r", 4), ("w", 2), ("x", 1))
    )
    if node.mode & 0o1000:
        bits = bits[:-1] + ("t" if node.mode & 1 else "T")
    return node.letter + bits


def _when(process: Process, node: Node) -> str:
    moment = datetime.fromtimestamp(node.modified, UTC)
    recent = abs(process.nas.wall_time() - node.modified) < _HALF_YEAR
    tail = f"{moment:%H:%M}" if recent else f"{moment:%Y}".rjust(5)
    return f"{moment:%b} {moment.day:2} {tail}"


def _long(process: Process, entries: Sequence[tuple[str, Node]]) -> str:
    rows = [
        (
            permissions(node),
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


def _order(options: Options, entries: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
    if "t" in options:
        entries = sorted(entries, key=lambda entry: -entry[1].modified)
    elif "S" in options:
        entries = sorted(entries, key=lambda entry: -entry[1].size)
    else:
        entries = sorted(entries, key=lambda entry: entry[0])
    return entries[::-1] if "r" in options else entries


def _list(process: Process, options: Options, entries: list[tuple[str, Node]]) -> str:
    entries = _order(options, entries)
    if "l" in options or "n" in options:
        return _long(process, entries)
    mark = {"d": "/", "l": "@"} if "F" in options else {"d": "/"} if "p" in options else {}
    return "".join(f"{name}{mark.get(node.letter, '')}\n" for name, node in entries)


def _directory(process: Process, options: Options, path: str) -> str:
    files = process.nas.filesystem
    where = process.path(path)
    names = files.names(where, process.uid)
    hidden = "a" in options or "A" in options
    entries = [
        (name, files.lookup(f"{where}/{name}", follow=False))
        for name in names
        if hidden or not name.startswith(".")
    ]
    if "a" in options:
        entries += [(".", files.lookup(where)), ("..", files.lookup(f"{where}/.."))]
    total = sum(-(-node.size // 4096) * 8 for _, node in entries if isinstance(node, File))
    head = f"total {total}\n" if "l" in options else ""
    return head + _list(process, options, entries)


async def ls(process: Process) -> int:
    """List files and directories."""
    options = getopt(process, "ABCFGHILPRSTUWZabcdfghiklmnopqrstuvwxy1,D:", _LS_USAGE)
    files = process.nas.filesystem
    plain: list[tuple[str, Node]] = []
    directories: list[str] = []
    status = 0
    for word in sorted(options.words or ["."]):
        try:
            follow = not ("l" in options or "d" in options)
            node = files.lookup(process.path(word), process.uid, follow=follow)
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
            continue
        if isinstance(node, Directory) and "d" not in options:
            directories.append(word)
        else:
            plain.append((word, node))
    process.out(_list(process, options, plain))
    shown = bool(plain)
    while directories:
        word = directories.pop(0)
        if shown or len(options.words) > 1 or "R" in options:
            process.out(f"{chr(10) if shown else ''}{word}:\n")
        shown = True
        try:
            process.out(_directory(process, options, word))
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
            continue
        if "R" in options:
            inner = files.names(process.path(word), process.uid)
            below = [f"{word.rstrip('/')}/{name}" for name in inner]
            directories[:0] = [
                path
                for path in below
                if isinstance(files.find(process.path(path), follow=False), Directory)
            ]
    return status


_LS_USAGE = (
    "usage: ls [-ABCFGHILPRSTUWZabcdfghiklmnopqrstuvwxy1,] [--color=when] [-D format] [file ...]\n"
)


async def readlink(process: Process) -> int:
    """Print where a symbolic link leads, or with -f the real path."""
    options = getopt(process, "fn", "usage: readlink [-fn] [file ...]\n")
    files = process.nas.filesystem
    status = 0
    for word in options.words:
        node = files.find(process.path(word), process.uid, follow=False)
        if isinstance(node, Symlink):
            process.out(node.target + ("" if "n" in options else "\n"))
        elif node is not None and "f" in options:
            process.out(files.real_path(process.path(word)) + ("" if "n" in options else "\n"))
        else:
            status = 1
    return status


def _stat_field(process: Process, name: str, node: Node, code: str) -> str:
    kind = (
        "100000" if isinstance(node, File) else "40000" if isinstance(node, Directory) else "120000"
    )
    fields = {
        "z": str(node.size),
        "m": str(int(node.modified)),
        "a": str(int(node.modified)),
        "c": str(int(node.modified)),
        "u": str(node.uid),
        "g": str(node.gid),
        "Su": user_name(node.uid),
        "Sg": group_name(node.gid),
        "N": name,
        "i": str(node.number),
        "l": str(node.links),
        "p": f"{int(kind, 8) | node.mode:o}",
        "Lp": f"{node.mode:o}",
        "Mp": f"{node.mode:o}",
        "Op": f"{node.mode:o}",
        "OLp": f"{node.mode:o}",
        "Sp": permissions(node),
        "HT": {"-": "Regular File", "d": "Directory", "l": "Symbolic Link"}.get(node.letter, ""),
        "T": {"d": "/", "l": "@"}.get(node.letter, ""),
        "Sm": f"{datetime.fromtimestamp(node.modified, UTC):%b %e %H:%M:%S %Y}",
        "Y": node.target if isinstance(node, Symlink) else "",
    }
    del process
    return fields.get(code, "")


async def stat(process: Process) -> int:
    """Print facts about files."""
    usage = "usage: stat [-FLnq] [-f format | -l | -r | -s | -x] [-t timefmt] [file ...]\n"
    options = getopt(process, "f:FLlnqrst:x", usage)
    form = options.value("f")
    if "f" not in options:
        form = '0 %i %Sp %l %Su %Sg 0 %z "%Sm" "%Sm" "%Sm" "%Sm" 32768 8 0 %N'
    status = 0
    for word in options.words:
        try:
            node = process.nas.filesystem.lookup(
                process.path(word), process.uid, follow="L" in options
            )
        except FileError as error:
            if "q" not in options:
                process.warn(f"{word}: stat: {error}")
            status = 1
            continue

        def field(match: re.Match[str], name: str = word, node: Node = node) -> str:
            simple = {"%": "%", "n": "\n", "t": "\t"}
            if match[2] in simple and not match[1]:
                return simple[match[2]]
            text = _stat_field(process, name, node, match[2])
            return f"0{text}" if "#" in match[1] and match[2].endswith("p") else text

        text = re.sub(r"%([#+\- 0]*\d*\.?\d*)((?:S|H|L|M|O|OL)?[a-zA-Z]|%)", field, form)
        process.out(text + ("" if "n" in options else "\n"))
    return status


async def find(process: Process) -> int:  # noqa: C901, PLR0912 - one branch per primary
    """Walk trees: -name -type -maxdepth -mindepth -newer -print -delete -exec … {} ;."""
    words = list(process.argv[1:])
    roots: list[str] = []
    while words and not words[0].startswith(("-", "(", "!")):
        roots.append(words.pop(0))
    if not roots:
        process.err(
            "usage: find [-H | -L | -P] [-EXdsx] [-f path] path ... [expression]\n"
            "       find [-H | -L | -P] [-EXdsx] -f path [path ...] [expression]\n"
        )
        return 1
    files = process.nas.filesystem
    status = 0
    depth_least, depth_most = 0, 1 << 30
    tests: list[tuple[str, list[str]]] = []
    while words:
        word = words.pop(0)
        if word in {"-maxdepth", "-mindepth"} and words:
            depth_most = int(words[0]) if word == "-maxdepth" else depth_most
            depth_least = int(words[0]) if word == "-mindepth" else depth_least
            words.pop(0)
        elif word in {"-name", "-type", "-newer", "-path", "-user"} and words:
            tests.append((word, [words.pop(0)]))
        elif word in {"-print", "-delete", "-empty"}:
            tests.append((word, []))
        elif word == "-exec" and ";" in words:
            end = words.index(";")
            tests.append((word, words[:end]))
            words = words[end + 1 :]
        else:
            process.warn(f"{word}: unknown primary or operator")
            return 1
    acts = any(name in {"-print", "-delete", "-exec"} for name, _ in tests)
    for root in roots:
        if files.find(process.path(root), process.uid, follow=False) is None:
            process.warn(f"{root}: {Reason.ENOENT.value}")
            status = 1
            continue
        base = process.path(root)
        paths = list(files.walk(base))
        if any(name == "-delete" for name, _ in tests):
            paths.reverse()
        for path in paths:
            shown = root + path[len(base) :]
            depth = path[len(base.rstrip("/")) :].count("/")
            if not depth_least <= depth <= depth_most:
                continue
            good = True
            for name, args in tests:
                if not await _find_test(process, (path, shown), name, args):
                    good = False
                    break
            if good and not acts:
                process.out(f"{shown}\n")
    return status


async def _find_test(  # noqa: PLR0911 - one per primary
    process: Process, where: tuple[str, str], name: str, args: list[str]
) -> bool:
    path, shown = where
    files = process.nas.filesystem
    node = files.lookup(path, follow=False)
    if name in {"-name", "-path"}:
        text = shown if name == "-path" else shown.rstrip("/").rpartition("/")[2]
        return matches(((args[0], False),), text)
    if name == "-type":
        return {"f": "-"}.get(args[0], args[0]) == node.letter
    if name == "-user":
        return user_name(node.uid) == args[0]
    if name == "-newer":
        return node.modified > files.lookup(process.path(args[0])).modified
    if name == "-empty":
        return not (node.entries if isinstance(node, Directory) else node.size)
    if name == "-print":
        process.out(f"{shown}\n")
    elif name == "-delete":
        try:
            if isinstance(node, Directory):
                files.remove_directory(path, process.uid)
            else:
                files.unlink(path, process.uid)
        except FileError as error:
            process.warn(f"-delete: unlink({shown}): {error}")
            return False
    else:
        argv = [word.replace("{}", shown) for word in args]
        return await process.wait(process.spawn(argv)) == 0
    return True


async def basename(process: Process) -> int:
    """Print the last part of a path."""
    words = list(process.argv[1:])
    if not words:
        process.err(
            "usage: basename string [suffix]\n       basename [-a] [-s suffix] string [...]\n"
        )
        return 1
    name = words[0].rstrip("/").rpartition("/")[2] or ("/" if words[0] else "")
    if len(words) > 1 and name != words[1]:
        name = name.removesuffix(words[1])
    process.out(f"{name}\n")
    return 0


async def dirname(process: Process) -> int:
    """Print a path without its last part."""
    if len(process.argv) < 2:
        process.err("usage: dirname string [...]\n")
        return 1
    for word in process.argv[1:]:
        head, slash, _ = word.rstrip("/").rpartition("/")
        process.out(f"{head.rstrip('/') or ('/' if slash or word[:1] == '/' else '.')}\n")
    return 0


async def df(process: Process) -> int:
    """Show how full the disk is."""
    free = process.nas.filesystem.free_fragments * 4
    size = 2_000_000
    used = max(0, size - free)
    process.out("Filesystem  1K-blocks    Used  Avail Capacity  Mounted on\n")
    process.out(f"/dev/vtbd0    {size:9} {used:7} {free:6} {100 * used // size:6}%    /\n")
    return 0


PROGRAMS: Mapping[str, Program] = {
    "/bin/ls": ls,
    "/usr/bin/readlink": readlink,
    "/usr/bin/stat": stat,
    "/usr/bin/find": find,
    "/usr/bin/basename": basename,
    "/usr/bin/dirname": dirname,
    "/bin/df": df,
}
