"""Programs that change files: rm mkdir rmdir cp mv touch chmod chown ln mktemp."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lagg_tool.simulator.filesystem import (
    Directory,
    File,
    FileError,
    Reason,
)
from lagg_tool.simulator.options import Options, fail, getopt
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.signals import Exit
from lagg_tool.simulator.temporary import make_temporary
from lagg_tool.simulator.users import user_id


async def rm(process: Process) -> int:
    """Remove files, and directories with -r."""
    usage = "usage: rm [-f | -i] [-dIPRrvWx] file ...\n       unlink [--] file\n"
    options = getopt(process, "dfiIPRrvWx", usage, 64)
    if not options.words and "f" not in options:
        fail(process, "", usage, 64)
    files = process.nas.filesystem
    status = 0
    for word in options.words:
        path = process.path(word)
        try:
            node = files.lookup(path, process.uid, follow=False)
            if isinstance(node, Directory) and ("r" in options or "R" in options):
                if word.rstrip("/") in {"", ".", ".."}:
                    process.warn(
                        '"/" may not be removed'
                        if word[:1] == "/"
                        else '"." and ".." may not be removed'
                    )
                    status = 1
                    continue
                _remove_tree(process, path)
            elif isinstance(node, Directory) and "d" in options:
                files.remove_directory(path, process.uid)
            elif isinstance(node, Directory):
                process.warn(f"{word}: is a directory")
                status = 1
            else:
                files.unlink(path, process.uid)
        except FileError as error:
            if not ("f" in options and error.reason is Reason.ENOENT):
                process.warn(f"{word}: {error}")
                status = 1
    return status


def _remove_tree(process: Process, path: str) -> None:
    files = process.nas.filesystem
    for inner in reversed(list(files.walk(path))):
        node = files.lookup(inner, process.uid, follow=False)
        if isinstance(node, Directory):
            files.remove_directory(inner, process.uid)
        else:
            files.unlink(inner, process.uid)


def parse_mode(text: str, old: int, umask: int, *, directory: bool) -> int | None:
    """Return a mode from ``0755`` or ``u+x,go-w``; None if it is neither."""
    if re.fullmatch("[0-7]{1,4}", text):
        return int(text, 8)
    mode = old
    for clause in text.split(","):
        match = re.fullmatch("([ugoa]*)((?:[-+=][rwxXstugo]*)+)", clause)
        if match is None:
            return None
        who = match[1] or "a"
        mask = 0
        for letter in who:
            mask |= {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}[letter]
        if not match[1]:
            mask &= ~umask
        for operator, letters in re.findall("([-+=])([rwxXst]*)", match[2]):
            bits = 0
            for letter in letters:
                executes = directory or bool(mode & 0o111)
                bits |= {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}.get(
                    letter, 0o111 if executes else 0
                )
            bits &= mask
            mode = (
                (mode | bits)
                if operator == "+"
                else (mode & ~bits if operator == "-" else (mode & ~mask) | bits)
            )
    return mode


async def mkdir(process: Process) -> int:
    """Make directories."""
    usage = "usage: mkdir [-pv] [-m mode] directory_name ...\n"
    options = getopt(process, "m:pv", usage, 64)
    if not options.words:
        fail(process, "", usage, 64)
    mode = 0o777 & ~process.umask
    if "m" in options:
        given = parse_mode(options.value("m"), 0o777, process.umask, directory=True)
        if given is None:
            process.warn(f"invalid file mode: {options.value('m')}")
            return 1
        mode = given
    status = 0
    for word in options.words:
        try:
            if "p" in options:
                _make_path(process, word, mode, verbose="v" in options)
            else:
                process.nas.filesystem.make_directory(process.path(word), mode, process.uid)
                process.out(f"{word}\n" if "v" in options else "")
        except _PathError as error:
            process.warn(str(error))
            status = 1
        except FileError as error:
            missing = error.reason is Reason.ENOENT
            shown = word.rstrip("/").rpartition("/")[0] if missing and "/" in word else word
            process.warn(f"{shown or word}: {error}")
            status = 1
    return status


class _PathError(Exception):
    """Which part of a path could not be made, and why."""


def _make_path(process: Process, word: str, mode: int, *, verbose: bool) -> None:
    files = process.nas.filesystem
    parts = word.rstrip("/").split("/")
    for end in range(1, len(parts) + 1):
        part = "/".join(parts[:end])
        if not part:
            continue
        node = files.find(process.path(part), process.uid)
        if isinstance(node, Directory):
            continue
        last = end == len(parts)
        try:
            kept = mode if last else (0o777 & ~process.umask) | 0o300
            files.make_directory(process.path(part), kept, process.uid)
        except FileError as error:
            raise _PathError(f"{part}: {error}") from error
        process.out(f"{part}\n" if verbose else "")


async def rmdir(process: Process) -> int:
    """Remove empty directories."""
    usage = "usage: rmdir [-pv] directory ...\n"
    options = getopt(process, "pv", usage, 64)
    if not options.words:
        fail(process, "", usage, 64)
    status = 0
    for word in options.words:
        names = [word]
        if "p" in options:
            names += ["/".join(word.split("/")[:end]) for end in range(word.count("/"), 0, -1)]
        for name in filter(None, names):
            try:
                process.nas.filesystem.remove_directory(process.path(name), process.uid)
            except FileError as error:
                process.warn(f"{name}: {error}")
                status = 1
                break
    return status


def _into(process: Process, source: str, target: str) -> str:
    """Return the name that a file gets when it is put to ``target``."""
    node = process.nas.filesystem.find(process.path(target), process.uid)
    if isinstance(node, Directory):
        return f"{target.rstrip('/')}/{source.rstrip('/').rpartition('/')[2]}"
    return target


def _targets(process: Process, options: Options, usage: str) -> list[tuple[str, str]]:
    if len(options.words) < 2:
        fail(process, "", usage, 64)
    *sources, target = options.words
    node = process.nas.filesystem.find(process.path(target), process.uid)
    if len(sources) > 1 and not isinstance(node, Directory):
        process.warn(f"{target} is not a directory")
        raise Exit(1)
    return [(source, _into(process, source, target)) for source in sources]


def _copy_file(process: Process, source: str, target: str, *, preserve: bool) -> None:
    files = process.nas.filesystem
    node = files.lookup(process.path(source), process.uid)
    if not node.allows(process.uid, 4):
        raise _PathError(f"{source}: {Reason.EACCES.value}")
    data = bytes(node.data) if isinstance(node, File) else b""
    try:
        stream = process.nas.opener.open(
            process.path(target), "w", process.uid, node.mode & 0o777 & ~process.umask
        )
        stream.write(data)
    except FileError as error:
        raise _PathError(f"{target}: {error}") from error
    if preserve:
        copy = files.lookup(process.path(target))
        copy.mode, copy.modified = node.mode, node.modified
        copy.uid, copy.gid = node.uid, node.gid


def _copy_tree(process: Process, source: str, target: str, *, preserve: bool) -> None:
    files = process.nas.filesystem
    node = files.lookup(process.path(source), process.uid)
    if not isinstance(node, Directory):
        _copy_file(process, source, target, preserve=preserve)
        return
    if files.find(process.path(target)) is None:
        files.make_directory(process.path(target), node.mode & 0o777, process.uid)
    for name in sorted(node.entries):
        _copy_tree(process, f"{source}/{name}", f"{target}/{name}", preserve=preserve)


async def cp(process: Process) -> int:
    """Copy files, and directories with -R."""
    usage = (
        "usage: cp [-R [-H | -L | -P]] [-f | -i | -n] [-alpsvx] source_file target_file\n"
        "       cp [-R [-H | -L | -P]] [-f | -i | -n] [-alpsvx] source_file ... "
        "target_directory\n"
    )
    options = getopt(process, "HLPRafilnprsvx", usage, 64)
    status = 0
    files = process.nas.filesystem
    for source, target in _targets(process, options, usage):
        try:
            node = files.lookup(process.path(source), process.uid)
            recursive = any(letter in options for letter in "Rra")
            if isinstance(node, Directory) and not recursive:
                process.warn(f"{source} is a directory (not copied).")
                status = 1
                continue
            if files.find(process.path(target)) is node:
                process.warn(f"{target} and {source} are identical (not copied).")
                status = 1
                continue
            if "n" in options and files.find(process.path(target)) is not None:
                continue
            preserve = "p" in options or "a" in options
            _copy_tree(process, source, target, preserve=preserve)
            process.out(f"{source} -> {target}\n" if "v" in options else "")
        except _PathError as error:
            process.warn(str(error))
            status = 1
        except FileError as error:
            process.warn(f"{source}: {error}")
            status = 1
    return status


async def mv(process: Process) -> int:
    """Rename files."""
    usage = (
        "usage: mv [-f | -i | -n] [-hv] source target\n"
        "       mv [-f | -i | -n] [-v] source ... directory\n"
    )
    options = getopt(process, "fhinv", usage, 64)
    status = 0
    files = process.nas.filesystem
    for source, target in _targets(process, options, usage):
        if files.find(process.path(source), process.uid, follow=False) is None:
            process.warn(f"rename {source} to {target}: {Reason.ENOENT.value}")
            status = 1
            continue
        if "n" in options and files.find(process.path(target)) is not None:
            continue
        try:
            files.rename(process.path(source), process.path(target), process.uid)
            process.out(f"{source} -> {target}\n" if "v" in options else "")
        except FileError as error:
            process.warn(f"rename {source} to {target}: {error}")
            status = 1
    return status


async def touch(process: Process) -> int:
    """Set modification times; make files that are not there."""
    usage = (
        "usage: touch [-A [-][[hh]mm]SS] [-achm] [-r file] [-t [[CC]YY]MMDDhhmm[.SS]]\n"
        "       [-d YYYY-MM-DDThh:mm:SS[.frac][tz]] file ...\n"
    )
    options = getopt(process, "A:acd:hmr:t:", usage)
    if not options.words:
        fail(process, "", usage)
    files = process.nas.filesystem
    status = 0
    for word in options.words:
        try:
            node = files.find(process.path(word), process.uid)
            if node is None and "c" not in options:
                node = files.create(process.path(word), 0o666 & ~process.umask, process.uid)
            if node is not None:
                files.touch(node)
                if "r" in options:
                    node.modified = files.lookup(process.path(options.value("r"))).modified
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
    return status


async def chmod(process: Process) -> int:
    """Change modes."""
    usage = "usage: chmod [-fhv] [-R [-H | -L | -P]] mode file ...\n"
    if len(process.argv) > 1 and re.match(r"-[rwxst]", process.argv[1]):
        process.argv = (process.argv[0], "--", *process.argv[1:])
    options = getopt(process, "HLPRfhv", usage)
    if len(options.words) < 2:
        fail(process, "", usage)
    mode, *words = options.words
    status = 0
    files = process.nas.filesystem
    for word in words:
        try:
            files.lookup(process.path(word), process.uid)
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
            continue
        path = process.path(word)
        for inner in list(files.walk(path)) if "R" in options else [path]:
            node = files.lookup(inner, process.uid)
            new = parse_mode(mode, node.mode, process.umask, directory=isinstance(node, Directory))
            if new is None:
                process.warn(f"invalid file mode: {mode}")
                return 1
            if process.uid not in {0, node.uid}:
                process.warn(f"{word}: {Reason.EPERM.value}")
                status = 1
                continue
            node.mode = new
    return status


async def chown(process: Process) -> int:
    """Change owners."""
    usage = (
        "usage: chown [-fhvx] [-R [-H | -L | -P]] owner[:group] file ...\n"
        "       chown [-fhvx] [-R [-H | -L | -P]] :group file ...\n"
    )
    options = getopt(process, "HLPRfhvx", usage)
    if len(options.words) < 2:
        fail(process, "", usage)
    owner, *words = options.words
    name, _, group = owner.partition(":")
    uid = user_id(name) if name else None
    if name and uid is None:
        process.warn(f"{name}: illegal user name")
        return 1
    gid = user_id(group, groups=True) if group else None
    if group and gid is None:
        process.warn(f"{group}: illegal group name")
        return 1
    status = 0
    for word in words:
        try:
            node = process.nas.filesystem.lookup(process.path(word), process.uid)
        except FileError as error:
            process.warn(f"{word}: {error}")
            status = 1
            continue
        if process.uid != 0:
            process.warn(f"{word}: {Reason.EPERM.value}")
            status = 1
            continue
        node.uid = node.uid if uid is None else uid
        node.gid = node.gid if gid is None else gid
    return status


async def ln(process: Process) -> int:
    """Make links."""
    usage = (
        "usage: ln [-s [-F] | -L | -P] [-f | -i] [-hnv] source_file [target_file]\n"
        "       ln [-s [-F] | -L | -P] [-f | -i] [-hnv] source_file ... target_dir\n"
    )
    options = getopt(process, "FLPfhinsvw", usage)
    if not options.words:
        fail(process, "", usage)
    if len(options.words) == 1:
        options.words.append(".")
    files = process.nas.filesystem
    status = 0
    for source, target in _targets(process, options, usage):
        where = process.path(target)
        try:
            if "f" in options and files.find(where, follow=False) is not None:
                files.unlink(where, process.uid)
            if "s" in options:
                files.make_symlink(source, where, process.uid)
            else:
                files.link(process.path(source), where, process.uid)
        except FileError as error:
            missing = error.reason is Reason.ENOENT and "s" not in options
            process.warn(f"{source if missing else target}: {error}")
            status = 1
    return status


async def mktemp(process: Process) -> int:
    """Make a temporary file or directory and print its name."""
    usage = (
        "usage: mktemp [-d] [-p tmpdir] [-q] [-t prefix] [-u] template ...\n"
        "       mktemp [-d] [-p tmpdir] [-q] [-u] -t prefix \n"
    )
    options = getopt(process, "dp:qt:u", usage)
    base = options.value("p") or process.environment.get("TMPDIR") or "/tmp"  # noqa: S108
    templates = list(options.words)
    if "t" in options or not templates:
        templates.insert(0, f"{base}/{options.value('t', 'tmp')}.XXXXXXXX")
    for template in templates:
        name = make_temporary(process, template, directory="d" in options, quiet="q" in options)
        if name is None:
            return 1
        if "u" in options:
            process.nas.filesystem.unlink(process.path(name), process.uid)
        process.out(f"{name}\n")
    return 0


PROGRAMS: Mapping[str, Program] = {
    "/bin/rm": rm,
    "/bin/mkdir": mkdir,
    "/bin/rmdir": rmdir,
    "/bin/cp": cp,
    "/bin/mv": mv,
    "/usr/bin/touch": touch,
    "/bin/chmod": chmod,
    "/usr/sbin/chown": chown,
    "/bin/ln": ln,
    "/usr/bin/mktemp": mktemp,
}
